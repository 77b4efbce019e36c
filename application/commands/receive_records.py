"""Take records from any source: one path for one record and for a million."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from application.commands.exported_records import exported_from
from application.commands.link_activities import attach_leads
from application.commands.received import (
    Received,
    Refusal,
    either,
    kept_apart,
    refusing,
    unchanged,
)
from application.commands.update_record import Sent, update_record
from application.ports import Head, Work, WritableLog
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
from domain.matching import Candidate, LostBecause
from domain.merge_by_hand_rule import decide_separated
from domain.merge_rule import decide_first_seen, matched_identifiers, said_identifiers
from domain.records import Record, ValueRefused


class KeptApart(NamedTuple):
    """Whom a record must not join: a contact by its id, or that of another record of the file."""

    contact_id: str | None = None
    record: Record | None = None


def receive_records(
    log: WritableLog,
    records: Sequence[Record | ValueRefused],
    *,
    by: str,
    import_id: str | None = None,
    keep_apart: Mapping[int, KeptApart] = MappingProxyType({}),
) -> list[Received]:
    """Decide a batch in order, in one transaction. Each decision sees the ones before it.

    A record that could not be read comes in as ValueRefused and is rejected alone. Returns one
    result for each record, in order. `keep_apart`: by its place, whom a record must not join.
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
            else _unless_exported(
                work,
                *next(next_read),
                by=by,
                import_id=import_id,
                kept=keep_apart.get(place) if keep_apart else None,
            )
            for place, record in enumerate(records)
        ]


def _unless_exported(
    work: Work,
    record: Record,
    asked: Sequence[Identifier],
    *,
    by: str,
    import_id: str | None,
    kept: KeptApart | None,
) -> Received:
    exported = exported_from(work, record)
    if exported is not None:
        return unchanged(work, exported, "nothing_new")
    if kept is not None:
        return _apart(work, record, asked, kept, by=by, import_id=import_id)
    return receive_one(work, record, asked, by=by, import_id=import_id)


def _apart(
    work: Work,
    record: Record,
    asked: Sequence[Identifier],
    kept: KeptApart,
    *,
    by: str,
    import_id: str | None,
) -> Received:
    """Decide a record without one candidate, and declare the two separate."""
    other = _head_of(work, kept)
    if other is None or not other.is_live:
        return receive_one(work, record, asked, by=by, import_id=import_id)

    def refused(candidate: Candidate) -> LostBecause | None:
        return "separated" if candidate.contact_id == other.contact_id else None

    received = receive_one(work, record, asked, by=by, import_id=import_id, refused=refused)
    own = received.contact_id
    if own is not None and own != other.contact_id:
        work.append(decide_separated(own, a=own, b=other.contact_id, by=by))
    return received


def _head_of(work: Work, kept: KeptApart) -> Head | None:
    if kept.contact_id is not None:
        return work.survivor(kept.contact_id)
    record = kept.record
    if record is None:
        return None
    if record.source_key is None:
        return work.contact_with_csv_row(record)
    known = work.record_of_source(record.source_key)
    return work.survivor(known[0]) if known else None


def receive_one(
    work: Work,
    record: Record,
    asked: Sequence[Identifier],
    *,
    by: str,
    import_id: str | None = None,
    lost_because: Refusal | None = None,
    refused: Refusal | None = None,
) -> Received:
    """Decide one record. `asked`: its `matched_identifiers`.

    `lost_because`, in a replay: the reason to refuse a candidate that the rules would allow;
    `refused`: the same of one that a person refuses, besides those that are kept apart from it.
    """
    starts_from, says, key = None, record, record.source_key
    if key is not None:
        if (known := work.record_of_source(key)) is not None:
            record = as_read_before(known[1], record)
            return update_record(work, Sent(record, by, import_id, lost_because, refused), *known)
        if (deleted := work.deleted_record(key)) is not None:
            contact_id, starts_from = deleted
            record = as_read_before(starts_from, record)
            message = Said(work.next_position, work.now, record.updated_at)
            if not says_another_value(starts_from, record, message):
                return unchanged(work, contact_id, "deleted_by_hand")
            says = as_record(evolve_record(starts_from, record, message))
            asked = matched_identifiers(work.settings, says)
        lost_because = lost_because or kept_apart(work, work.threads.known_as([key]))
    lost_because = either(lost_because, refused)
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
