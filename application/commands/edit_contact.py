"""Edit a contact by hand: the given values replace those that it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from application.commands.link_activities import attach_leads, link_anew_if_gone
from application.contact_at import Versions, live_at
from application.ports import AccountLog, ShownContact, Work
from application.refusals import Invalid
from domain.edit_rule import Edit, decide_edited
from domain.events import ContactEdited
from domain.identifiers import identifiers_of
from domain.records import ValueRefused, Written, read_record
from domain.value import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEdit:
    """The values that a contact must show, as written. Values that are not given stay.

    `fields`: attributes, including `name`; None or a blank text clears one. `clears_attributes`:
    clears every attribute except the name. Lists replace those shown.
    """

    fields: Mapping[str, str | None] = field(default_factory=dict)
    clears_attributes: bool = False
    phones: Sequence[Written] | None = None
    emails: Sequence[Written] | None = None


def edit_contact(
    log: AccountLog, contact_id: str, edit: ContactEdit, *, versions: Versions = None, by: str
) -> str:
    """Replace what a contact shows, field by field. Returns the contact's id.

    Raises NotFound; Conflict if it is deleted; Stale; Invalid, which names the field.
    """
    with log.writing() as work:
        of_lists = edit.phones is not None or edit.emails is not None
        contact = work.shown(live_at(work, contact_id, versions).contact_id, lists=of_lists)
        wanted = _read(edit, contact, work.settings.default_region)
        for event in decide_edited(
            contact.contact_id, contact.phones, contact.emails, wanted, sent_to=contact_id, by=by
        ):
            carry_out_edited(work, event)
        return contact.contact_id


def _read(edit: ContactEdit, contact: ShownContact, region: str | None) -> Edit:
    """Read an edit like a record from the dashboard."""
    fields = dict(edit.fields)
    if edit.clears_attributes:
        fields |= {name: None for name in contact.shown.attributes if name != "name"}
    try:
        read = read_record(
            source="dashboard",
            region=region,
            name=fields.get("name"),
            phones=edit.phones,
            emails=edit.emails,
            attributes={name: value for name, value in fields.items() if name != "name"},
        )
    except ValueRefused as refused:
        raise Invalid(refused.field, refused.reason) from None
    if any(not name.strip() for name in fields):
        raise Invalid("attributes", "the name of an attribute is blank")
    return Edit(
        fields={name: read.fields.get(name) for name in fields},
        phones=read.phones,
        emails=read.emails,
    )


def carry_out_edited(work: Work, event: ContactEdited) -> None:
    """Edit the contact that an id leads to, if it is live."""
    head = work.survivor(event.sent_to)
    if head is None or not head.is_live:
        return
    position = work.next_position
    work.append([replace(event, stream=head.contact_id)])
    attach_leads(work, head.contact_id, identifiers_of(event.phones_added), by=event.by)
    link_anew_if_gone(work, head.contact_id, position=position, by=event.by)
