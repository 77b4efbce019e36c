"""Decisions and events in words, for people."""

from typing import assert_never

from application.documents import (
    CandidateDocument,
    DecisionDocument,
    MatchedDocument,
)
from domain.events import (
    Because,
    ContactEvent,
    ContactImported,
    ContactsMerged,
    Decision,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import ContactPoint
from domain.records import Record

_BECAUSE: dict[Because, str] = {
    "phone_matched": "a phone number matched",
    "email_matched": "an email matched",
    "phone_and_email_matched": "a phone number and an email of one contact matched",
    "source_never_merges": "records of this source are never merged",
    "rule_is_never": "the rule for these records is: don't merge",
    "no_identifier": "the record has no phone and no email that can be matched",
    "only_shared_identifiers": "the record has only shared identifiers, which never match",
    "nothing_matched": "no contact holds what the rule asks for",
    "no_candidate_met_the_rule": "a contact holds part of it, but not what the rule asks for",
    "sent_again": "its source sent it before: it updates what it said, and is not matched again",
    "nothing_new": "its source sent it before, and says nothing new, or only what is older",
    "same_csv_row": "a row with the same numbers, emails and attributes is in a contact already",
}

_LOST = {
    "captured_lead": "a captured lead is no candidate",
    "lead_into_contacts_only": "a lead is merged into contacts only",
    "rule_is_never": "the rule for it is: don't merge",
    "rule_not_met": "it does not hold what the rule asks for",
    "lead_after_contact": "contacts come before leads",
    "email_after_phone": "a phone match comes before an email match",
    "less_recently_updated": "another one was updated more recently",
    "younger_id": "of two alike, the older contact is taken",
}


def reason_text(decision: Decision) -> str:
    """The reason of a decision as a sentence's end: "a phone number matched: +1319…"."""
    reason = _BECAUSE[decision.because]
    matched = ", ".join(each.value for each in decision.matched)
    return f"{reason}: {matched}" if matched else reason


def lost_text(lost_because: str) -> str:
    """Why a candidate lost, in words."""
    return _LOST.get(lost_because, lost_because)


def decision_document(decision: Decision) -> DecisionDocument:
    """A decision record as the API shows it."""
    return DecisionDocument(
        rule=decision.rule,
        matched=[MatchedDocument(kind=m.kind, value=m.value) for m in decision.matched],
        candidates=[
            CandidateDocument(contact_id=each.contact_id, lost_because=each.lost_because)
            for each in decision.candidates
        ],
        not_named=decision.not_named,
        because=decision.because,
        reason=reason_text(decision),
        settings_version=decision.settings_version,
    )


def source_text(record: Record) -> str:
    """Where a record comes from: `csv`, `hubspot lead 42`."""
    if record.integration is None:
        return record.source
    return f"{record.integration} {record.kind} {record.external_id}"


def summary(event: ContactEvent) -> str:
    """What happened, in one line."""
    match event:
        case ContactImported():
            return (
                f"{_record(event.record)} became a contact of its own: "
                f"{reason_text(event.decision)}"
            )
        case ContactsMerged():
            return f"{_record(event.record)} was merged in: {reason_text(event.decision)}"
        case RecordUpdated():
            return f"{source_text(event.record)} was sent again: {_content(event.record)}"
        case RecordWithdrawn():
            return f"its source took record {event.record_id} back"
        case _ as never:
            assert_never(never)


def _record(record: Record) -> str:
    return f"{source_text(record)} record ({_content(record)})"


def _content(record: Record) -> str:
    parts = [record.name or "", _written(record.phones), _written(record.emails)]
    parts += [f"{name} {value}" for name, value in record.attributes.items()]
    return "; ".join(part for part in parts if part)[:300] or "nothing"


def _written(points: tuple[ContactPoint, ...] | None) -> str:
    return ", ".join(point.key for point in points or ())
