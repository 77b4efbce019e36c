"""By hand: editing, deleting and restoring contacts.

Whatever somebody asks for by hand is recorded even if it changes nothing now, with the id that it
was sent to: it may matter once something is undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.contact import Contact, DeletedContact
from domain.events import (
    ContactDeleted,
    ContactEdited,
    ContactRestored,
)
from domain.identifiers import ContactPoint
from domain.shown import ShownPoint, union


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a contact shall show. None, or a field that is not named: it stays as it is.

    `fields`: attributes, `name` among them; None clears one. Lists replace what is shown; a phone
    or email without a label keeps the one that it has, an empty label clears it.
    """

    fields: Mapping[str, str | None]
    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None


def decide_edited(contact: Contact, edit: Edit, *, sent_to: str, by: str) -> list[ContactEdited]:
    """What an edit sets, clears, adds and removes, against what the contact shows now."""
    phones, emails = union(contact, "phone"), union(contact, "email")
    phones_wanted = {point.key: point for point in edit.phones or ()}
    emails_wanted = {point.key: point for point in edit.emails or ()}
    return [
        ContactEdited(
            stream=contact.contact_id,
            sent_to=sent_to,
            set={name: value for name, value in edit.fields.items() if value is not None},
            cleared=tuple(name for name, value in edit.fields.items() if value is None),
            phones_added=tuple(p for key, p in phones_wanted.items() if key not in phones),
            phones_removed=()
            if edit.phones is None
            else tuple(key for key in phones if key not in phones_wanted),
            emails_added=tuple(p for key, p in emails_wanted.items() if key not in emails),
            emails_removed=()
            if edit.emails is None
            else tuple(key for key in emails if key not in emails_wanted),
            labelled={**_labelled(phones, phones_wanted), **_labelled(emails, emails_wanted)},
            by=by,
        )
    ]


def _labelled(
    shown: Mapping[str, ShownPoint], wanted: Mapping[str, ContactPoint]
) -> dict[str, str]:
    """The labels that an edit changes, of what is shown already."""
    return {
        key: point.label
        for key, point in wanted.items()
        if key in shown and point.label is not None and (point.label or None) != shown[key].label
    }


def decide_deleted(contact: Contact, *, sent_to: str, by: str) -> list[ContactDeleted]:
    """Somebody deletes a contact."""
    return [ContactDeleted(stream=contact.contact_id, sent_to=sent_to, by=by)]


def decide_restored(
    contact: DeletedContact, superseded: Sequence[str], *, sent_to: str, by: str
) -> list[ContactRestored]:
    """Somebody brings a deleted contact back; `[]` where nothing of it would be there.

    `superseded`: its records that were sent anew since, or csv rows that were imported again, and
    that another contact has.
    """
    left = [record_id for record_id in contact.records if record_id not in superseded]
    if not left and not contact.by_hand.says_something:
        return []
    return [
        ContactRestored(
            stream=contact.contact_id, sent_to=sent_to, superseded=tuple(superseded), by=by
        )
    ]
