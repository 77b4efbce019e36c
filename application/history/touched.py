"""What merges and records touch, transitively: the part of a history that an undo replays.

Contacts are connected by identifiers that they ever held, by merges and moves in their streams, by
the ids of their records in a source, and by calls and messages from or to the same numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from application.ports import Threads
from domain.events import (
    AccountEvent,
    CallLinked,
    ContactReplayed,
    ContactsMerged,
    ContactsSeparated,
    ImportUndone,
    MergeUndone,
    MessageLinked,
    Recorded,
    UndoCompleted,
)
from domain.identifiers import Identifier
from domain.lead_rule import lead_brought
from domain.mentions import Mentions, mentions
from domain.phones import without_extension
from domain.records import SourceKey


@dataclass(frozen=True, slots=True)
class History:
    """The part of an account's history that a contact's records and numbers touch, transitively.

    `inputs`: what sources sent and people asked for, in the order of the log; `contacts` and
    `activities`: their ids; `calls`: the activity that brought the id of a lead, by this id;
    `merge_ids`: the merges by a rule, by the id that the message brought; `undone`: the merges that
    somebody has undone. `taken_out`: the rows of imports that somebody has undone, by the id that
    each brought, with the contact that this id leads to since; None if nothing was left.
    """

    inputs: Sequence[Recorded]
    contacts: frozenset[str]
    activities: frozenset[str]
    calls: Mapping[str, str]
    merge_ids: Mapping[str, str]
    undone: frozenset[str]
    taken_out: Mapping[str, str | None]

    def call_of(self, contact_id: str) -> str | None:
        """The call or message that a lead was captured for, also in an undo alone."""
        return self.calls.get(lead_brought(contact_id))


class TooMuchAtOnce(Exception):
    """The merge touches more than may be replayed while other writers wait."""


class Outdated(Exception):
    """What was recorded meanwhile changes what was replayed already: it must begin again."""


class Search:
    """Everything that is connected with some contacts, while the log grows.

    `at_most`: the largest number of contacts, records, calls and messages.
    """

    def __init__(self, at_most: int | None = None) -> None:
        self._at_most = at_most
        self._position = 0
        self._contacts: set[str] = set()
        self._activities: set[str] = set()
        self._identifiers: set[Identifier] = set()
        self._keys: set[SourceKey] = set()
        self._to_do: list[str] = []
        self._events: dict[int, Recorded] = {}

    def go_on(self, contact_ids: Iterable[str], threads: Threads, head: int) -> bool:
        """Follow every connection from these contacts up to the log's present head.

        Returns whether there is anything new. Raises TooMuchAtOnce, and Outdated if a new event
        connects the contacts with an older part of the log, or changes what went before.
        """
        before, known = self._position, len(self._events)
        self._position = head
        self._find_contacts(threads, contact_ids)
        if before > 0:
            self._read_on(threads, before)
        while self._to_do:
            streams, self._to_do = self._to_do, []
            if self._at_most is not None and threads.count_absorbed(streams) > self._at_most:
                raise TooMuchAtOnce  # before their events are read
            events = threads.events_of(streams)
            new = [each for each in events if each.position not in self._events]
            if any(each.position <= before for each in new):
                raise Outdated
            self._events.update((each.position, each) for each in new)
            self._read(threads, streams, [mentions(recorded.event) for recorded in new])
        return len(self._events) > known

    def history(self) -> History:
        """Return what was found, in the order of the log."""
        recorded = [self._events[position] for position in sorted(self._events)]
        events = [each.event for each in recorded]
        return History(
            inputs=[each for each in recorded if mentions(each.event).is_input],
            contacts=frozenset(self._contacts),
            activities=frozenset(self._activities),
            calls={
                e.lead_id: e.stream for e in events if isinstance(e, CallLinked | MessageLinked)
            },
            merge_ids={
                event.brings or event.absorbed: event.merge_id
                for event in events
                if isinstance(event, ContactsMerged) and event.decision.rule != "manual"
            },
            undone=frozenset(
                event.merge_id
                for event in events
                if isinstance(event, MergeUndone) and event.caused_by is None
            ),
            taken_out={
                row: left
                for event in events
                if isinstance(event, ImportUndone)
                for row, left in event.rows.items()
            },
        )

    def handled(self, import_id: str) -> set[str]:
        """The rows that an undo of this import has taken out or kept already."""
        return handled_rows(self._events.values(), import_id)

    def _read_on(self, threads: Threads, position: int) -> None:
        """Read the events after a position, for those that mention what is known."""
        for recorded in threads.events_after(position):
            found = mentions(recorded.event)
            if isinstance(recorded.event, AccountEvent):
                raise Outdated
            if self._knows(found):
                if isinstance(recorded.event, _CHANGES_WHAT_WENT_BEFORE):
                    raise Outdated
                self._events[recorded.position] = recorded
                self._read(threads, [], [found])

    def _knows(self, found: Mentions) -> bool:
        return not (
            self._contacts.isdisjoint(found.contacts)
            and self._activities.isdisjoint(found.activities)
            and self._keys.isdisjoint(found.source_keys)
            and self._identifiers.isdisjoint(map(_without_extension, found.identifiers))
        )

    def _read(
        self, threads: Threads, streams: Sequence[str], mentioned: Sequence[Mentions]
    ) -> None:
        """Follow what leads on from some streams and what their events mention."""
        keys = {key for each in mentioned for key in each.source_keys} - self._keys
        self._keys |= keys
        identifiers = {_without_extension(i) for each in mentioned for i in each.identifiers}
        identifiers -= self._identifiers
        self._identifiers |= identifiers
        self._find_contacts(threads, threads.led_to(streams))
        self._find_contacts(threads, (each for found in mentioned for each in found.contacts))
        self._find_contacts(threads, threads.known_as(keys))
        self._find_contacts(threads, threads.holding(identifiers))
        self._find_activities(threads.linked_to(streams))
        self._find_activities(each for found in mentioned for each in found.activities)
        self._find_activities(threads.calling(identifiers))

    def _find_contacts(self, threads: Threads, contact_ids: Iterable[str]) -> None:
        new = threads.known(each for each in contact_ids if each not in self._contacts)
        self._contacts.update(new)
        self._will_read(new)

    def _find_activities(self, activity_ids: Iterable[str]) -> None:
        new = {*activity_ids} - self._activities
        self._activities |= new
        self._will_read(new)

    def _will_read(self, streams: Iterable[str]) -> None:
        self._to_do += streams
        found = len(self._contacts) + len(self._activities)
        if self._at_most is not None and found > self._at_most:
            raise TooMuchAtOnce


def handled_rows(recorded: Iterable[Recorded], import_id: str) -> set[str]:
    """The rows that an undo of an import has taken out or kept, by events."""
    undone = (each.event for each in recorded if isinstance(each.event, ImportUndone))
    return {
        row for each in undone if each.import_id == import_id for row in (*each.rows, *each.kept)
    }


_CHANGES_WHAT_WENT_BEFORE = (
    *(MergeUndone, ContactReplayed, ContactsSeparated, UndoCompleted, ImportUndone),
)


def _without_extension(identifier: Identifier) -> Identifier:
    """A number with and without extension are connected."""
    if identifier.kind != "email":
        return identifier._replace(value=without_extension(identifier.value))
    return identifier
