"""WHAT AN EVENT MENTIONS: contacts, activities, identifiers and keys; whether it is an input.

This is the only place, for the search of what a merge touches and for a search of all that the log
says about a person. An event that is forgotten here is a type error.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

from domain import events
from domain.events import Event, Recorded
from domain.hand_edits import ByHand
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint, Identifier, identifiers_of
from domain.records import Record, SourceKey


class Mentions(NamedTuple):
    """What an event mentions.

    `is_input`: a person or a source did it; it does not just follow from other events. `contacts`:
    ids of contacts and records, without the candidates of a decision; `activities`: their streams.
    `identifiers`: those in its values; `source_keys`: the keys of its records in integrations.
    """

    is_input: bool
    contacts: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()
    source_keys: frozenset[SourceKey] = frozenset()


def brought_by(recorded: Recorded) -> str | None:
    """The id that a record brought that was sent; None if the event is not of a record."""
    match recorded.event:
        case events.ContactImported() as event:
            return event.stream
        case events.ContactsMerged(record=Record()) as event:
            return event.absorbed
        case events.RecordUpdated() as event:
            return event.brings or f"{event.record_id}.{recorded.position}"
        case _:
            return None


def import_of_row(recorded: Recorded) -> str | None:
    """The import of the row that an event is of; None if it is not of a row."""
    if brought_by(recorded) is None:
        return None
    import_id: str | None = getattr(recorded.event, "import_id", None)
    return import_id


def mentions(event: Event) -> Mentions:  # noqa: C901, PLR0912 - one case an event
    """What an event mentions, including its own stream."""
    match event:
        case events.AccountOpened() | events.MergeSettingsChanged():
            return Mentions(is_input=True)
        case events.ContactImported():
            return _of_contacts(event.stream, records=[event.record, *_before(event)])
        case events.ContactsMerged(record=Record() as record):
            return _of_contacts(event.stream, event.absorbed, records=[record, *_before(event)])
        case events.ContactsMerged():
            brought = event.brought or events.Brought()
            ids = event.stream, event.absorbed, event.brings, *(event.sent_to or ())
            said = _by_hand(brought.by_hand)
            is_input = event.sent_to is not None
            return _of_contacts(*ids, records=brought.records, said=said, is_input=is_input)
        case events.RecordUpdated():
            ids = event.stream, event.record_id, event.brings
            return _of_contacts(*ids, records=[event.record])
        case events.RecordWithdrawn():
            return _of_contacts(event.stream, event.record_id)
        case events.ContactAbsorbed():
            return _of_contacts(event.stream, event.survivor, is_input=False)
        case events.ContactEdited():
            said = identifiers_of(event.phones_added, event.emails_added)
            return _of_contacts(event.stream, event.sent_to, said=said)
        case events.ContactDeleted():
            return _of_contacts(event.stream, event.sent_to)
        case events.ContactRestored():
            return _of_contacts(event.stream, event.sent_to, *event.superseded)
        case events.MergeUndone():
            return _of_contacts(event.stream, event.absorbed, is_input=event.caused_by is None)
        case events.ContactReplayed():
            ids = event.stream, event.survivor, *event.records_left
            captured = [event.captured] if event.captured is not None else []
            said = *_by_hand(event.by_hand), *identifiers_of(captured)
            return _of_contacts(*ids, records=event.records, said=said, is_input=False)
        case events.ContactsSeparated():
            ids = event.stream, event.a, event.b
            return _of_contacts(*ids, is_input=event.because_of is None)
        case events.UndoCompleted():
            return _of_contacts(event.stream, is_input=False)
        case events.ImportUndone():
            ids = event.stream, *event.rows, *event.rows.values(), *event.kept
            return _of_contacts(*ids, is_input=False)
        case events.AttentionSettled():
            return _of_contacts(event.stream, said=[event.identifier] if event.identifier else [])
        case events.LeadCaptured():
            said = identifiers_of([event.number])
            captured_lead = _of_contacts(event.stream, said=said, is_input=False)
            return captured_lead._replace(activities=frozenset({event.activity}))
        case events.LeadAttached():
            return _of_contacts(event.stream, event.lead, is_input=False)
        case events.CallLinked(call=call):
            return _of_activity(event.stream, event.contact_id, event.lead_id, number=call.number)
        case events.MessageLinked(message=sent):
            return _of_activity(event.stream, event.contact_id, event.lead_id, number=sent.number)
        case events.CallAssigned():
            return _of_activity(event.stream, event.contact_id)
        case events.ActivityMoved():
            moved = _of_activity(event.stream, event.contact_id, event.assigned)
            return moved._replace(is_input=False)
        case _ as never:
            assert_never(never)


def _of_contacts(
    *ids: str | None,
    records: Sequence[Record | HeldRecord] = (),
    said: Iterable[Identifier] = (),
    is_input: bool = True,
) -> Mentions:
    held = frozenset(record.record_id for record in records if isinstance(record, HeldRecord))
    return Mentions(
        is_input,
        contacts=held.union(each for each in ids if each is not None),
        identifiers=frozenset(said).union(*map(_said, records)),
        source_keys=frozenset(key for record in records if (key := record.source_key)),
    )


def _before(event: events.ContactImported | events.ContactsMerged) -> list[HeldRecord]:
    return [] if event.starts_from is None else [event.starts_from]


def _of_activity(stream: str, *ids: str | None, number: ContactPoint | None = None) -> Mentions:
    return Mentions(
        is_input=True,
        contacts=frozenset(each for each in ids if each is not None),
        activities=frozenset({stream}),
        identifiers=frozenset(identifiers_of([number] if number else [])),
    )


def _said(record: Record | HeldRecord) -> tuple[Identifier, ...]:
    return record.identifiers + (record.gone if isinstance(record, HeldRecord) else ())


def _by_hand(by_hand: ByHand) -> tuple[Identifier, ...]:
    phones, emails = ([each.point for each in added] for added in (by_hand.phones, by_hand.emails))
    return identifiers_of(phones, emails)
