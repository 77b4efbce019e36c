"""Take records from any source: one path for one record and for a million."""

from collections.abc import Sequence

from application.commands.exported_records import exported_from
from application.commands.link_activities import attach_leads
from application.commands.received import Received, Refusal, kept_apart, refusing, unchanged
from application.commands.update_record import Sent, update_record
from application.ports import AccountLog, Work
from domain.decisions import Because
from domain.events import ContactsMerged
from domain.held_records import (
    Said,
    as_read_before,
    as_record,
    evolve_record,
    says_another_value,
)
from domain.identifiers import Identifier
from domain.merge_rule import decide_first_seen, matched_identifiers, said_identifiers
from domain.records import Record, ValueRefused


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
            else _unless_exported(work, *next(next_read), by=by, import_id=import_id)
            for record in records
        ]


def _unless_exported(
    work: Work, record: Record, asked: Sequence[Identifier], *, by: str, import_id: str | None
) -> Received:
    exported = exported_from(work, record)
    if exported is not None:
        return unchanged(work, exported, "nothing_new")
    return receive_one(work, record, asked, by=by, import_id=import_id)


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
            record = as_read_before(known[1], record)
            return update_record(work, Sent(record, by, import_id, lost_because), *known)
        if (deleted := work.deleted_record(key)) is not None:
            contact_id, starts_from = deleted
            record = as_read_before(starts_from, record)
            message = Said(work.next_position, work.now, record.updated_at)
            if not says_another_value(starts_from, record, message):
                return unchanged(work, contact_id, "deleted_by_hand")
            says = as_record(evolve_record(starts_from, record, message))
            asked = matched_identifiers(work.settings, says)
        lost_because = lost_because or kept_apart(work, work.threads.known_as([key]))
    if record.source == "csv" and key is None:
        same = work.contact_with_csv_row(record, asked)
        if same is not None:
            because: Because = "same_csv_row" if same.is_live else "deleted_by_hand"
            return unchanged(work, same.contact_id, because)
    said = said_identifiers(work.settings, says)
    candidates = work.candidates(asked, said, every=lost_because is not None)
    # A captured lead of a number that was compared is among the candidates.
    may_attach = any(each.kind == "captured_lead" for each in candidates.among) or (
        len(asked) < len(says.identifiers)
        and any(each.kind != "email" and each not in asked for each in says.identifiers)
    )
    candidates = refusing(candidates, lost_because)
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
