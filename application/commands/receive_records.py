"""Take records from any source: one path for one record and for a million."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from application.commands.link_activities import attach_leads
from application.documents.decisions import (
    Outcome,
    ReceivedDocument,
    RejectedDocument,
    decision_document,
)
from application.ports import AccountLog, Work
from domain.decisions import Because, Decision
from domain.events import ContactsMerged
from domain.held_records import HeldRecord, Said, as_record, evolve_record, says_another_value
from domain.identifiers import Identifier
from domain.matching import Candidate, LostBecause
from domain.merge_rule import (
    decide_first_seen,
    decide_sent_again,
    matched_identifiers,
    said_identifiers,
)
from domain.records import Record, SourceKey, ValueRefused

Refusal = Callable[[Candidate], LostBecause | None]
"""Why a record may not join a candidate that the rules would allow, if so."""


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
    lost_because: Refusal | None = None,
) -> Received:
    """Decide one record. `asked`: its `matched_identifiers`.

    `lost_because`, in a replay: the reason to refuse a candidate that the rules would allow.
    """
    starts_from, says, key = None, record, record.source_key
    if key is not None:
        if (known := work.record_of_source(key)) is not None:
            return _sent_again(work, record, *known, by=by, import_id=import_id)
        if (deleted := work.deleted_record(key)) is not None:
            contact_id, starts_from = deleted
            message = Said(work.next_position, work.now, record.updated_at)
            if not says_another_value(starts_from, record, message):
                return _unchanged(work, contact_id, "deleted_by_hand")
            says = as_record(evolve_record(starts_from, record, message))
            asked = matched_identifiers(work.settings, says)
        lost_because = lost_because or _kept_apart(work, key)
    if record.source == "csv":
        same = work.contact_with_csv_row(record.fingerprint, asked)
        if same is not None:
            because: Because = "same_csv_row" if same.is_live else "deleted_by_hand"
            return _unchanged(work, same.contact_id, because)
    said = said_identifiers(work.settings, says)
    candidates = work.candidates(asked, said, every=lost_because is not None)
    # A captured lead of a number that was compared is among the candidates.
    may_attach = any(each.kind == "captured_lead" for each in candidates.among) or (
        len(asked) < len(says.identifiers)
        and any(each.kind != "email" and each not in asked for each in says.identifiers)
    )
    if lost_because is not None:
        among = [replace(each, lost_because=lost_because(each)) for each in candidates.among]
        candidates = candidates._replace(among=among)
    contact_id = work.new_id()
    events = decide_first_seen(
        record,
        candidates,
        settings=work.settings,
        settings_version=work.settings_version,
        contact_id=contact_id,
        merge_id=work.new_merge_id(contact_id) if candidates.among else None,
        starts_from=starts_from,
        says=says,
        by=by,
        import_id=import_id,
    )
    work.append(events)
    event = events[0]
    if says.phones and may_attach:
        attach_leads(work, event.stream, says.identifiers, by=by)
    if isinstance(event, ContactsMerged):
        return Received("merged", event.stream, event.merge_id, event.decision)
    return Received("created", event.stream, decision=event.decision)


def _kept_apart(work: Work, key: SourceKey) -> Refusal | None:
    """Refuse whom a separation keeps apart from an earlier record of this id, if there is one."""
    apart = work.kept_apart(work.threads.known_as([key]))
    if not apart:
        return None
    heads = (work.survivor(each) for ids in apart.values() for each in ids)
    contacts = {head.contact_id for head in heads if head is not None}
    return lambda candidate: "separated" if candidate.contact_id in contacts else None


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


def _unchanged(work: Work, contact_id: str, because: Because) -> Received:
    return Received("unchanged", contact_id, decision=_not_matched(work, because))


def _not_matched(work: Work, because: Because) -> Decision:
    return Decision(rule="never", because=because, settings_version=work.settings_version)
