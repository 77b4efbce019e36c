"""Decisions and events in words, for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from domain import events
from domain.activities import LinkedBy, id_of
from domain.call_rule import Owner, OwnerStep
from domain.decisions import Because, Decision
from domain.events import IMPORT, ActivityEvent, ContactEvent
from domain.identifiers import ContactPoint
from domain.records import Record, Source

_BECAUSE: dict[Because, str] = {
    "phone_matched": "a phone number matched",
    "email_matched": "an email matched",
    "phone_and_email_matched": "a phone number and an email of one contact matched",
    "source_never_merges": "records of this source are never merged",
    "rule_is_never": "the rule for these records is: don't merge",
    "no_identifier": "the record has no phone and no email that can be matched",
    "only_shared_identifiers": "the record has only shared identifiers, which never match",
    "nothing_matched": "no contact has what the rule asks for",
    "no_candidate_met_the_rule": "a contact has part of it, but not all that the rule asks for",
    "sent_again": "its source sent it before: it updates what it said, and is not matched again",
    "nothing_new": "its source sent it before, and this message says nothing newer",
    "same_csv_row": "a contact already has a row with the same numbers, emails and attributes",
    "deleted_by_hand": "somebody deleted its contact, and it says nothing that it did not say then",
    "not_alone": "its contact had another record, or a number or email added by hand",
    "merged_by_hand": "somebody merged them by hand",
    "another_merge_undone": "another merge was undone",
}

_LOST = {
    "captured_lead": "a captured lead is never merged by a rule",
    "lead_into_contacts_only": "a lead is merged into contacts only",
    "rule_is_never": "the rule for it is: don't merge",
    "rule_not_met": "it does not have what the rule asks for",
    "lead_after_contact": "contacts come before leads",
    "email_after_phone": "a phone match comes before an email match",
    "phone_and_email_first": "another one holds both a phone and an email of the record",
    "less_recently_updated": "another one was updated more recently",
    "younger_id": "of two equal candidates, the older contact is chosen",
    "separated": "they were declared separate",
}


def reason_text(decision: Decision) -> str:
    """The reason of a decision as the end of a sentence: "a phone number matched: +1319…"."""
    reason = _BECAUSE[decision.because]
    matched = ", ".join(each.value for each in decision.matched)
    return f"{reason}: {matched}" if matched else reason


def lost_text(lost_because: str) -> str:
    """Why a candidate lost, in words."""
    return _LOST.get(lost_because, lost_because)


def linked_text(linked_by: LinkedBy) -> str:
    """How an activity was linked, in words."""
    return _LINKED[linked_by]


def strange_text(names: Sequence[str], decision: Decision | None) -> str:
    """Why somebody should look at a merge of these two names."""
    shown, named = (f"“{name}”" for name in names)
    why = f": {reason_text(decision)}" if decision else ""
    return f"{named} was merged into {shown}, and the names share no word{why}"


def joined_text(value: str, names: Sequence[str]) -> str:
    """Why somebody should look at a phone or an email by which these names came together."""
    some = ", ".join(f"“{name}”" for name in names)
    return (
        f"{value} joined records with more than {len(names) - 1} different names: {some}, …; "
        "if many people use it, declare it shared"
    )


def troubled_text(kind: str, file: str | None, rejected: int, error: str | None) -> str:
    """Why somebody should look at a job."""
    what = f"the import of {file}" if file is not None else f"a job ({kind})"
    if error is not None:
        return f"{what} failed: {error}"
    return f"{what} rejected {rejected} row{'' if rejected == 1 else 's'}"


def owner_text(owner: Owner | None, updated_at: datetime | None, *, is_withheld: bool) -> str:
    """Why a call from a number would go to a contact or lead, or to nobody.

    `updated_at`: when it was last updated.
    """
    if is_withheld:
        return "the number is withheld, or is no phone number: a call from it belongs to nobody"
    if owner is None:
        return "nobody holds the number: a call from it would make a new lead"
    text = _OWNER[owner.step]
    if owner.step == "most_recent" and updated_at is not None:
        return f"{text.format(owner.among)}: updated {day(updated_at)}"
    return text


def day(time: datetime) -> str:
    """The day of a time, in UTC: `2 June 2026`."""
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_OWNER: dict[OwnerStep, str] = {
    "alone": "the only one who holds the number",
    "first_contact": "the only contact that holds the number: contacts come before leads",
    "most_recent": "the most recently updated of {} who hold the number",
    "alone_with_extension": "nobody holds exactly this number; the only one who holds it with an"
    " extension",
    "captured": "no contact holds the number; an earlier call or message from it made this lead",
}


def source_text(record: Record) -> str:
    """Where a record comes from: `csv`, `csv 5f2c1d0a-8f1b`, `hubspot lead 42`."""
    if record.integration is not None:
        return f"{record.integration} {record.kind} {record.external_id}"
    return " ".join(filter(None, (record.source, record.external_id)))


def summary(  # noqa: C901, PLR0912 - one case an event
    event: ContactEvent | ActivityEvent,
) -> str:
    """What happened, in one line."""
    match event:
        case events.ContactImported():
            return f"{_record(event.record)} became a new contact: {reason_text(event.decision)}"
        case events.ContactsMerged():
            who = _record(event.record) if event.record else event.absorbed
            why = f"{reason_text(event.decision)}{_cause(event.caused_by)}"
            return f"{who} was merged in: {why}"
        case events.RecordUpdated():
            return f"{source_text(event.record)} was sent again: {_content(event.record)}"
        case events.RecordWithdrawn():
            return f"its source withdrew record {event.record_id}"
        case events.ContactAbsorbed():
            return f"it was merged into {event.survivor}"
        case events.ContactEdited():
            return f"edited: {_edit(event)}"
        case events.ContactDeleted():
            return "deleted"
        case events.ContactRestored():
            return "restored"
        case events.MergeUndone():
            return f"the merge with {event.absorbed} was undone{_cause(event.caused_by)}"
        case events.ContactReplayed():
            return f"changed{_cause(event.caused_by)}"
        case events.ContactsSeparated():
            return f"{event.a} and {event.b} were declared separate{_cause(event.because_of)}"
        case events.UndoCompleted():
            return f"the undo of merge {event.merge_id} is complete"
        case events.ImportUndone():
            kept = f", {len(event.kept)} kept" if event.kept else ""
            return f"{len(event.rows)} rows of import {event.import_id} were taken out{kept}"
        case events.AttentionSettled():
            what = event.identifier.value if event.identifier else f"merge {event.merge_id}"
            return f"somebody looked at {what} and said that it is right"
        case events.LeadCaptured():
            return f"captured for the number {event.number.key}, which no contact has"
        case events.LeadAttached():
            return f"the captured lead {event.lead} was attached: this contact has its number now"
        case events.CallLinked(call=call):
            return f"{call.direction} call {_number(call.number)}, {_LINKED[event.linked_by]}"
        case events.MessageLinked(message=sent):
            return f"{sent.direction} message {_number(sent.number)}, {_LINKED[event.linked_by]}"
        case events.CallAssigned():
            return f"call {id_of(event.stream)} was assigned to it by hand"
        case events.ActivityMoved():
            why = f"{_LINKED[event.linked_by]}{_cause(event.caused_by)}"
            return f"{id_of(event.stream)} moved to it, {why}"
        case _ as never:
            assert_never(never)


_KEPT: dict[str, str] = {
    "edited": "somebody edited its contact",
    "merged_by_hand": "its contact was merged by hand",
    "call_assigned": "a call was assigned to its contact",
}


def kept_text(because: str) -> str:
    """Why the undo of an import kept a row."""
    return _KEPT[because]


_LINKED: dict[LinkedBy, str] = {
    "number": "linked by its number",
    "most_recent": "linked to the most recently updated contact that has its number",
    "new_lead": "a lead was captured for its number",
    "assigned": "assigned by hand",
    "withheld": "its number is withheld",
}


def _number(number: ContactPoint | None) -> str:
    return number.key if number else "of a withheld number"


def _cause(cause: str | None) -> str:
    if cause is None:
        return ""
    what = f"import {cause.removeprefix(IMPORT)}" if cause.startswith(IMPORT) else f"merge {cause}"
    return f", because {what} was undone"


def _edit(event: events.ContactEdited) -> str:
    parts = [f"{name} {value}" for name, value in event.set.items()]
    parts += [f"{name} cleared" for name in event.cleared]
    parts += [f"{point.key} added" for point in (*event.phones_added, *event.emails_added)]
    parts += [f"{value} removed" for value in (*event.phones_removed, *event.emails_removed)]
    parts += [
        f"{value} labelled {label or 'with nothing'}" for value, label in event.labelled.items()
    ]
    return "; ".join(parts)[:300] or "nothing changed"


_ENTERED: dict[Source, str] = {
    "api": "a record of the API",
    "dashboard": "a record of the dashboard",
    "phone_app": "a record of the phone app",
}


def _record(record: Record) -> str:
    what = _ENTERED.get(record.source) or f"{source_text(record)} record"
    return f"{what} ({_content(record)})"


def _content(record: Record) -> str:
    parts = [record.name or "", _written(record.phones), _written(record.emails)]
    parts += [f"{name} {value}" for name, value in record.attributes.items()]
    return "; ".join(part for part in parts if part)[:300] or "nothing"


def _written(points: tuple[ContactPoint, ...] | None) -> str:
    return ", ".join(point.key for point in points or ())
