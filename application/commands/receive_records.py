"""Take records from any source: one path for one record and for a million."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from application.commands.link_activities import attach_leads
from application.documents.decisions import (
    Outcome,
    ReceivedDocument,
    RejectedDocument,
    decision_document,
)
from application.ports import AccountLog, Work
from domain.decisions import Decision
from domain.events import ContactsMerged
from domain.held_records import HeldRecord, Said
from domain.identifiers import Identifier
from domain.matching import Candidate, LostBecause
from domain.merge_rule import (
    decide_first_seen,
    decide_sent_again,
    matched_identifiers,
    said_identifiers,
)
from domain.records import Record, ValueRefused


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one record. `contact_id`: the contact that holds it now."""

    outcome: Outcome
    contact_id: str | None = None
    merge_id: str | None = None
    decision: Decision | None = None
    error: ValueRefused | None = None

    def document(self) -> ReceivedDocument:
        """The result as the API shows it."""
        return ReceivedDocument(
            outcome=self.outcome,
            contact_id=self.contact_id,
            merge_id=self.merge_id,
            decision=self.decision and decision_document(self.decision),
            error=self.error and RejectedDocument(field=self.error.field, reason=self.error.reason),
        )


def receive_records(
    log: AccountLog,
    records: Sequence[Record | ValueRefused],
    *,
    by: str,
    import_id: str | None = None,
) -> list[Received]:
    """Decide a batch in order, in one transaction. Each decision sees the ones before it.

    A record that could not be read comes in as ValueRefused and is rejected alone. Returns one
    result for each record, in order.
    """
    with log.writing() as work:
        read = [
            (record, matched_identifiers(work.settings, record))
            for record in records
            if isinstance(record, Record)
        ]
        work.prepare(read)
        next_read = iter(read)
        return [
            Received("rejected", error=record)
            if isinstance(record, ValueRefused)
            else receive_one(work, *next(next_read), by=by, import_id=import_id)
            for record in records
        ]


def receive_one(
    work: Work,
    record: Record,
    asked: Sequence[Identifier],
    *,
    by: str,
    import_id: str | None = None,
    lost_because: Callable[[Candidate], LostBecause | None] | None = None,
) -> Received:
    """Decide one record. `asked`: its `matched_identifiers`.

    `lost_because`, in a replay: the reason to refuse a candidate that the rules would allow.
    """
    known = _record_sent_before(work, record)
    if known is not None:
        return _sent_again(work, record, *known, by=by, import_id=import_id)
    if record.source == "csv":
        same = work.contact_with_csv_row(record.fingerprint, asked)
        if same is not None:
            return Received("unchanged", same, decision=_not_matched(work, "same_csv_row"))
    said = said_identifiers(work.settings, record)
    candidates = work.candidates(asked, said, every=lost_because is not None)
    # A captured lead of a number that was compared is among the candidates.
    may_attach = any(each.kind == "captured_lead" for each in candidates.among) or (
        len(asked) < len(record.identifiers)
        and any(each.kind != "email" and each not in asked for each in record.identifiers)
    )
    if lost_because is not None:
        among = [replace(each, lost_because=lost_because(each)) for each in candidates.among]
        candidates = candidates._replace(among=among)
    events = decide_first_seen(
        record,
        candidates,
        settings=work.settings,
        settings_version=work.settings_version,
        contact_id=work.new_id(),
        merge_id=work.new_id() if candidates.among else None,
        by=by,
        import_id=import_id,
    )
    work.append(events)
    event = events[0]
    if record.phones and may_attach:
        attach_leads(work, event.stream, record.identifiers, by=by)
    if isinstance(event, ContactsMerged):
        return Received("merged", event.stream, event.merge_id, event.decision)
    return Received("created", event.stream, decision=event.decision)


def _record_sent_before(work: Work, record: Record) -> tuple[str, HeldRecord] | None:
    key = record.source_key
    return None if key is None else work.record_of_source(key)


def _sent_again(
    work: Work,
    record: Record,
    contact_id: str,
    held: HeldRecord,
    *,
    by: str,
    import_id: str | None,
) -> Received:
    said = Said(work.next_position, work.now, record.updated_at)
    events = decide_sent_again(
        contact_id, held, record, said, brings=work.new_id(), by=by, import_id=import_id
    )
    work.append(events)
    if events and record.phones:
        attach_leads(work, contact_id, record.identifiers, by=by)
    return Received(
        "updated" if events else "unchanged",
        contact_id,
        decision=_not_matched(work, "sent_again" if events else "nothing_new"),
    )


def _not_matched(
    work: Work, because: Literal["sent_again", "nothing_new", "same_csv_row"]
) -> Decision:
    return Decision(rule="never", because=because, settings_version=work.settings_version)
