"""By hand: editing, deleting, restoring, merging and separating contacts.

Whatever somebody asks for by hand is recorded even if it changes nothing now, with the id that it
was sent to: it may matter once something is undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.contact import Contact, DeletedContact, ShownPoint, listing_its_number, union
from domain.events import (
    Brought,
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    Decision,
)
from domain.identifiers import ContactPoint


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


def decide_merged_by_hand(
    survivor: Contact,
    absorbed: Contact,
    *,
    merge_id: str,
    sent_to: tuple[str, str],
    settings_version: int,
    by: str,
) -> list[ContactsMerged | ContactAbsorbed]:
    """An admin says that two contacts are one."""
    return [
        ContactsMerged(
            stream=survivor.contact_id,
            merge_id=merge_id,
            absorbed=absorbed.contact_id,
            brought=Brought(
                records=tuple(absorbed.records.values()), by_hand=listing_its_number(absorbed)
            ),
            sent_to=sent_to,
            decision=Decision(
                rule="manual", because="merged_by_hand", settings_version=settings_version
            ),
            by=by,
        ),
        ContactAbsorbed(
            stream=absorbed.contact_id, survivor=survivor.contact_id, merge_id=merge_id, by=by
        ),
    ]


def decide_separated(
    contact_id: str, *, a: str, b: str, because_of: str | None = None, by: str
) -> list[ContactsSeparated]:
    """An admin says that two contacts are not one: no rule merges them again.

    `contact_id`: the contact that `a` leads to.
    """
    return [ContactsSeparated(stream=contact_id, a=a, b=b, because_of=because_of, by=by)]
