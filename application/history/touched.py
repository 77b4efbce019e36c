"""What a merge touches, transitively: the part of an account's history that an undo replays.

Contacts are connected by identifiers that they ever held, by merges and moves in their streams, by
the ids of their records in a source, and by calls and messages from or to the same numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from application.ports import Threads
from domain.events import CallLinked, ContactsMerged, MergeUndone, MessageLinked, Recorded
from domain.identifiers import Identifier, without_extension
from domain.lead_rule import lead_brought
from domain.mentions import Mentions, mentions
from domain.records import SourceKey


@dataclass(frozen=True, slots=True)
class History:
    """The part of an account's history that a contact's records and numbers touch, transitively.

    `inputs`: what sources sent and people asked for, in the order of the log; `contacts` and
    `activities`: their ids; `leads`: for each captured lead the activity it was captured for;
    `merge_ids`: for each record the merge by which it once joined a contact; `undone`: the merges
    that somebody has undone.
    """

    inputs: Sequence[Recorded]
    contacts: frozenset[str]
    activities: frozenset[str]
    leads: Mapping[str, str]
    merge_ids: Mapping[str, str]
    undone: frozenset[str]


def touched(threads: Threads, contact_ids: Iterable[str]) -> History:
    """Return the history of everything that is connected with some contacts."""
    search = _Search(threads)
    search.follow(contact_ids)
    return search.history()


class _Search:
    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._contacts: set[str] = set()
        self._activities: set[str] = set()
        self._identifiers: set[Identifier] = set()
        self._keys: set[SourceKey] = set()
        self._to_do: list[str] = []
        self._events: list[Recorded] = []

    def follow(self, contact_ids: Iterable[str]) -> None:
        """Follow every connection from these contacts to the end."""
        self._find_contacts(contact_ids)
        while self._to_do:
            streams, self._to_do = self._to_do, []
            events = self._threads.events_of(streams)
            self._events += events
            self._read(streams, [mentions(recorded.event) for recorded in events])

    def history(self) -> History:
        """Return what was found, in the order of the log."""
        self._events.sort(key=lambda recorded: recorded.position)
        events = [recorded.event for recorded in self._events]
        brought = {e.lead_id: e.stream for e in events if isinstance(e, CallLinked | MessageLinked)}
        return History(
            inputs=[each for each in self._events if mentions(each.event).is_input],
            contacts=frozenset(self._contacts),
            activities=frozenset(self._activities),
            leads={
                contact_id: brought[lead_id]
                for contact_id in self._contacts
                if (lead_id := lead_brought(contact_id)) in brought
            },
            merge_ids={
                event.absorbed: event.merge_id
                for event in events
                if isinstance(event, ContactsMerged) and event.decision.rule != "manual"
            },
            undone=frozenset(
                event.merge_id
                for event in events
                if isinstance(event, MergeUndone) and event.caused_by is None
            ),
        )

    def _read(self, streams: Sequence[str], mentioned: Sequence[Mentions]) -> None:
        """Follow what leads on from some streams and what their events mention."""
        threads = self._threads
        keys = {key for each in mentioned for key in each.source_keys} - self._keys
        self._keys |= keys
        identifiers = {_without_extension(i) for each in mentioned for i in each.identifiers}
        identifiers -= self._identifiers
        self._identifiers |= identifiers
        self._find_contacts(threads.led_to(streams))
        self._find_contacts(each for found in mentioned for each in found.contacts)
        self._find_contacts(threads.known_as(keys))
        self._find_contacts(threads.holding(identifiers))
        self._find_activities(threads.linked_to(streams))
        self._find_activities(each for found in mentioned for each in found.activities)
        self._find_activities(threads.calling(identifiers))

    def _find_contacts(self, contact_ids: Iterable[str]) -> None:
        new = self._threads.known(each for each in contact_ids if each not in self._contacts)
        self._contacts.update(new)
        self._to_do += new

    def _find_activities(self, activity_ids: Iterable[str]) -> None:
        new = {*activity_ids} - self._activities
        self._activities |= new
        self._to_do += new


def _without_extension(identifier: Identifier) -> Identifier:
    """A number with and without extension are connected."""
    if identifier.kind == "phone":
        return Identifier("phone", without_extension(identifier.value))
    return identifier
