"""By hand: edit, delete, restore, merge and separate contacts."""

from collections.abc import Collection, Mapping, Sequence

from application.commands.carry_out import carry_out, merge_by_hand
from application.ports import AccountLog, Head, Work
from application.refusals import Conflict, Invalid, NotFound, Stale
from domain.contact import Contact
from domain.edit_rule import Edit, decide_edited
from domain.events import ContactDeleted, ContactRestored
from domain.merge_by_hand_rule import decide_separated
from domain.records import RecordRefused, Written, read_record

Versions = Collection[int] | None
"""Those that a contact may be at for a change to be made; None: whichever it is at."""


def edit_contact(
    log: AccountLog,
    contact_id: str,
    *,
    fields: Mapping[str, str | None],
    phones: Sequence[Written] | None = None,
    emails: Sequence[Written] | None = None,
    versions: Versions = None,
    by: str,
) -> str:
    """Replace what a contact shows, field by field; returns the contact's id.

    `fields`: attributes, `name` among them; None or a blank text clears one. Lists replace those
    shown. Raises NotFound; Stale where the contact is at none of `versions`; Refused where a value
    cannot be taken.
    """
    with log.writing() as work:
        contact = _live(work, contact_id, versions)
        edit = _read_edit(work, fields, phones, emails)
        for event in decide_edited(contact, edit, sent_to=contact_id, by=by):
            carry_out(work, event)
        return contact.contact_id


def _read_edit(
    work: Work,
    fields: Mapping[str, str | None],
    phones: Sequence[Written] | None,
    emails: Sequence[Written] | None,
) -> Edit:
    """Read an edit as what a dashboard sends is read."""
    given = {name: value for name, value in fields.items() if name != "name"}
    try:
        read = read_record(
            source="dashboard",
            region=work.settings.default_region,
            name=fields.get("name"),
            phones=phones,
            emails=emails,
            attributes=given,
        )
    except RecordRefused as refused:
        raise Invalid(refused.field, refused.reason) from None
    if any(not name.strip() for name in fields):
        raise Invalid("attributes", "a name is blank")
    return Edit(
        fields={name: read.fields.get(name) for name in fields},
        phones=read.phones,
        emails=read.emails,
    )


def delete_contact(log: AccountLog, contact_id: str, *, versions: Versions = None, by: str) -> None:
    """Take a contact's records and identifiers out. Raises NotFound, Conflict, Stale."""
    with log.writing() as work:
        contact = _live(work, contact_id, versions)
        if contact.captured is not None:
            raise Conflict(
                f"contact `{contact_id}` is a captured number; it goes once somebody holds it"
            )
        carry_out(work, ContactDeleted(stream=contact.contact_id, sent_to=contact_id, by=by))


def restore_contact(log: AccountLog, contact_id: str, *, versions: Versions = None, by: str) -> str:
    """Bring a deleted contact back; returns its id. Raises NotFound, Conflict, Stale."""
    with log.writing() as work:
        head = _head(work, contact_id, versions)
        if head.is_live:
            raise Conflict(f"contact `{contact_id}` is not deleted")
        event = ContactRestored(stream=head.contact_id, sent_to=contact_id, by=by)
        if not carry_out(work, event):
            raise Conflict(f"contact `{contact_id}` has nothing left that could come back")
        return head.contact_id


def merge_contacts(
    log: AccountLog, survivor: str, absorbed: str, *, versions: Versions = None, by: str
) -> str:
    """Merge two contacts by hand; returns the merge's id.

    `versions`: of the survivor. Raises NotFound, Conflict, Stale.
    """
    with log.writing() as work:
        one, other = _live(work, survivor, versions), _live(work, absorbed)
        if one.contact_id == other.contact_id:
            raise Conflict(f"`{survivor}` and `{absorbed}` are one contact already")
        merge_id = work.new_id()
        merge_by_hand(work, (survivor, absorbed), merge_id=merge_id, by=by)
        return merge_id


def separate_contacts(log: AccountLog, a: str, b: str, *, by: str) -> None:
    """Declare two contacts separate: no rule merges them. Raises NotFound, Conflict."""
    with log.writing() as work:
        one, other = _head(work, a), _head(work, b)
        if one.contact_id == other.contact_id:
            raise Conflict(f"`{a}` and `{b}` are one contact; undo their merge to separate them")
        work.append(decide_separated(one.contact_id, a=a, b=b, by=by))


def _head(work: Work, contact_id: str, versions: Versions = None) -> Head:
    head = work.survivor(contact_id)
    if head is None:
        raise NotFound("contact", contact_id)
    if versions is not None and head.version not in versions:
        raise Stale(
            f"contact `{contact_id}` has changed since: it is at version {head.version}, "
            f"not {' or '.join(map(str, sorted(versions))) or 'what was named'}"
        )
    return head


def _live(work: Work, contact_id: str, versions: Versions = None) -> Contact:
    contact = work.state(_head(work, contact_id, versions).contact_id)
    if not isinstance(contact, Contact):
        raise Conflict(f"contact `{contact_id}` is deleted")
    return contact
