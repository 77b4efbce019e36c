"""Gives the inputs of an account's log to the naive oracle; both must then agree."""

from datetime import datetime
from typing import Any

from domain.activities import called
from domain.events import (
    CallAssigned,
    CallLinked,
    ContactDeleted,
    ContactEdited,
    ContactImported,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    Event,
    MergeUndone,
    MessageLinked,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import ContactPoint
from domain.records import Record
from infrastructure.account_log.log import EventLog
from infrastructure.storage.session import stream_events
from tests.state_machine.commands import Sent, Value
from tests.state_machine.naive_contact import Contact
from tests.state_machine.naive_oracle import Account as Oracle
from tests.state_machine.reading import ReadContact, ReadValue, read_contacts


def differences_to_the_oracle(log: EventLog) -> list[str]:
    """The differences between an account and the oracle after the same inputs."""
    told = _Told()
    with log.database.session() as session, log.database.looking_on(session):
        for recorded in stream_events(session, "position"):
            told.hear(recorded)
    return told.problems or told.compare(read_contacts(log))


class _Told:
    """An oracle that gets the inputs of a log. It identifies everything by event positions."""

    def __init__(self) -> None:
        self.oracle = Oracle()
        self.problems: list[str] = []
        self._numbers: dict[str, int] = {}
        """Of contacts, records and leads, by id; of calls and messages, by their stream."""
        self._merges: dict[str, int] = {}
        self._updated: tuple[int, str] | None = None
        """The message that the event before was, and what the oracle says became of it."""

    def hear(self, recorded: Recorded) -> None:  # noqa: C901, PLR0912 - one case an event
        """Let the oracle repeat the input of an event; everything else follows from that."""
        position, at, event = recorded.position, recorded.at, recorded.event
        self._check_updated(event)
        match event:
            case ContactImported(record=record):
                self._numbers[event.stream] = position
                self._receives(position, at, record, "created")
            case ContactsMerged(record=Record() as record):
                self._numbers[event.absorbed] = self._merges[event.merge_id] = position
                self._receives(position, at, record, "merged")
                survivor = self.oracle.find(position)
                if survivor is None or survivor.number != self._number(event.stream):
                    self.problems.append(f"event {position}: it merged into another contact")
            case ContactsMerged(sent_to=(one, other)):
                self._merges[event.merge_id] = position
                a, b = self._number(one), self._number(other)
                self._does(position, at, lambda oracle: oracle.merge(a, b), "merged")
            case RecordUpdated(record=record):
                if event.brings is not None:
                    self._numbers[event.brings] = position
                sent = _sent(record)
                self._updated = (position, self.oracle.do(position, at, lambda o: o.receive(sent)))
            case RecordWithdrawn():
                first = self._first_of(event.record_id)
                self._does(position, at, lambda oracle: oracle.withdraw(first.key), "withdrawn")
            case ContactEdited():
                self._edits(position, at, event)
            case ContactDeleted():
                target = self._number(event.sent_to)
                self._does(position, at, lambda oracle: oracle.delete(target), "deleted")
            case ContactRestored():
                target = self._number(event.sent_to)
                self._does(position, at, lambda oracle: oracle.restore(target), "restored")
            case MergeUndone(caused_by=None):
                self.oracle.undo(position, at, self._merges[event.merge_id])
            case ContactsSeparated(because_of=None):
                a, b = self._number(event.a), self._number(event.b)
                self._does(position, at, lambda oracle: oracle.separate(a, b), "separated")
            case CallLinked() | MessageLinked():
                self._links(position, at, event)
            case CallAssigned():
                call, target = self._numbers[event.stream], self._number(event.contact_id)
                self._does(position, at, lambda oracle: oracle.assign(call, target), "assigned")
            case _:
                pass  # it follows from another one

    def compare(self, contacts: list[ReadContact]) -> list[str]:
        """The differences between an account that was read and the oracle."""
        said = {self._number(each.id): self._said(each) for each in contacts}
        expected = {each.number: self._expected(each) for each in self.oracle.live()}
        return [
            f"contact {number}: says {said.get(number)}, the oracle {expected.get(number)}"
            for number in sorted(said.keys() | expected.keys())
            if said.get(number) != expected.get(number)
        ]

    def _check_updated(self, event: Event) -> None:
        """Check the message before: by its first identifier a record merges in the next event."""
        if self._updated is None:
            return
        (position, came_to), self._updated = self._updated, None
        expected = "updated"
        if isinstance(event, ContactsMerged) and event.brings and event.caused_by is None:
            expected = "merged"
            self._merges[event.merge_id] = position
        if came_to != expected:
            self.problems.append(f"event {position}: {expected}, the oracle says {came_to}")

    def _does(self, position: int, at: datetime, what: Any, expected: str) -> None:
        came_to = self.oracle.do(position, at, what)
        if came_to != expected:
            self.problems.append(f"event {position}: {expected}, the oracle says {came_to}")

    def _receives(self, position: int, at: datetime, record: Record, expected: str) -> None:
        sent = _sent(record)
        self._does(position, at, lambda oracle: oracle.receive(sent), expected)

    def _edits(self, position: int, at: datetime, event: ContactEdited) -> None:
        target = self._number(event.sent_to)
        texts = {**event.set, **dict.fromkeys(event.cleared)}
        added = {
            "phones": [each.key for each in event.phones_added],
            "emails": [each.key for each in event.emails_added],
        }
        removed = {"phones": [*event.phones_removed], "emails": [*event.emails_removed]}
        assert not event.labelled, "no client of the soak says labels"

        def edit(oracle: Oracle) -> str:
            return oracle.edit(target, texts, added, removed, {"phones": {}, "emails": {}})

        self._does(position, at, edit, "edited")

    def _links(self, position: int, at: datetime, event: CallLinked | MessageLinked) -> None:
        self._numbers[event.stream] = self._numbers[event.lead_id] = position
        is_call = isinstance(event, CallLinked)
        number = called(event.call if isinstance(event, CallLinked) else event.message)
        value = number.value if number else None

        def happen(oracle: Oracle) -> str:
            return oracle.happen(value, is_call=is_call)

        self._does(position, at, happen, event.linked_by)

    def _first_of(self, record_id: str) -> Sent:
        number = self._number(record_id)
        records = [record for each in self.oracle.contacts.values() for record in each.records]
        return next(each.first for each in records if each.number == number)

    def _number(self, id_: str) -> int:
        """The oracle's number of an id, which for a lead that was captured again is computed."""
        lead, _, position = id_.rpartition(".")
        return -(self._number(lead) * 10_000 + int(position)) if lead else self._numbers[id_]

    def _said(self, contact: ReadContact) -> dict[str, object]:
        def values(shown: list[ReadValue]) -> list[tuple[object, ...]]:
            return [
                (
                    each.value,
                    [self._number(one) for one in each.records],
                    each.records_total,
                    each.by_hand,
                )
                for each in shown
            ]

        return {
            "kind": contact.kind,
            "phones": values(contact.phones),
            "emails": values(contact.emails),
            "texts": {
                name: (value, record and self._number(record), since)
                for name, (value, record, since) in contact.attributes.items()
            },
            "records": {self._number(each.id) for each in contact.records},
            "activities": {
                self._numbers[f"activity:{each}"]: linked_by
                for each, linked_by in contact.activities.items()
            },
        }

    def _expected(self, contact: Contact) -> dict[str, object]:
        return {
            "kind": contact.kind,
            **{
                name: [
                    (value, first, total, value in contact.lists_by_hand[name])
                    for value, first, total in contact.listed(name)
                ]
                for name in ("phones", "emails")
            },
            "texts": contact.texts(),
            "records": {each.number for each in contact.records},
            "activities": {
                number: each.linked_by
                for number, each in self.oracle.activities.items()
                if self.oracle.find(each.contact) is contact
            },
        }


def _sent(record: Record) -> Sent:
    """A record as its source sent it."""
    name = {} if record.name is None else {"name": record.name}
    return Sent(
        source=record.source,
        kind=record.kind,
        integration=record.integration,
        external_id=record.external_id,
        updated_at=record.updated_at,
        phones=_values(record.phones),
        emails=_values(record.emails),
        texts={**name, **record.attributes},
    )


def _values(points: tuple[ContactPoint, ...] | None) -> tuple[Value, ...] | None:
    if points is None:
        return None
    return tuple(Value(each.written, each.canonical, each.label) for each in points)
