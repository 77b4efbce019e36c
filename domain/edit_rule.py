"""By hand: editing, deleting and restoring contacts.

A command by hand is recorded even if it changes nothing now, with the id that it was sent to: it
may matter after an undo.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.contact import DeletedContact
from domain.events import ContactDeleted, ContactEdited, ContactRestored
from domain.identifiers import ContactPoint
from domain.shown import ShownPoint
from domain.value import Value


class Edit(Value, frozen=True, kw_only=True):
    """The values that a contact must show. A list that is None and a field not named stay.

    `fields`: attributes, including `name`; None clears one. Lists replace what is shown; a phone or
    email without a label keeps its label, an empty label clears it.
    """

    fields: Mapping[str, str | None]
    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None


def decide_edited(
    contact_id: str,
    phones: Mapping[str, ShownPoint],
    emails: Mapping[str, ShownPoint],
    edit: Edit,
    *,
    sent_to: str,
    by: str,
) -> list[ContactEdited]:
    """Decide what an edit sets, clears, adds and removes, compared with what the contact shows."""
    phones_wanted = _wanted(phones, edit.phones)
    emails_wanted = _wanted(emails, edit.emails)
    return [
        ContactEdited(
            stream=contact_id,
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


def _wanted(
    shown: Mapping[str, ShownPoint], points: Iterable[ContactPoint] | None
) -> dict[str, ContactPoint]:
    """The values of a list by their keys. One that is written as a shown one is that one.

    It may have been read by another region: that of its row.
    """
    wanted = {point.key: point for point in points or ()}
    if wanted.keys() <= shown.keys():
        return wanted
    by_text = {each.written: key for key, each in reversed([*shown.items()])}
    return {
        key if key in shown else by_text.get(point.written, key): point
        for key, point in wanted.items()
    }


def _labelled(
    shown: Mapping[str, ShownPoint], wanted: Mapping[str, ContactPoint]
) -> dict[str, str]:
    """The labels that an edit changes, of phones or emails that are shown already."""
    return {
        key: point.label
        for key, point in wanted.items()
        if key in shown and point.label is not None and (point.label or None) != shown[key].label
    }


def decide_deleted(contact_id: str, *, sent_to: str, by: str) -> list[ContactDeleted]:
    """Somebody deletes a contact."""
    return [ContactDeleted(stream=contact_id, sent_to=sent_to, by=by)]


def decide_restored(
    contact: DeletedContact, superseded: Sequence[str], *, sent_to: str, by: str
) -> list[ContactRestored]:
    """Somebody brings a deleted contact back; `[]` if nothing of it is left.

    `superseded`: its records that were sent again, or csv rows that were imported again, and that
    another contact has now.
    """
    left = [record_id for record_id in contact.records if record_id not in superseded]
    if not left and not contact.by_hand.says_something:
        return []
    return [
        ContactRestored(
            stream=contact.contact_id, sent_to=sent_to, superseded=tuple(superseded), by=by
        )
    ]
