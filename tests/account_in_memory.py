"""An account in memory: its log is a list, a contact the fold of its stream, the index a scan.

All decisions are the product's own. The n-th message brings the contact id `cn` and the merge id
`mn`, and comes n minutes after noon.
"""

from datetime import timedelta

from domain.contact import Contact, State
from domain.contact_fold import evolve
from domain.decisions import Decision
from domain.events import ContactEvent, Event, MergeSettingsChanged, Recorded
from domain.first_identifier import can_be_matched, is_alone, waits_for_first
from domain.held_records import HeldList, HeldRecord, Said, as_record, evolve_record
from domain.identifiers import ContactPoint, Identifier, PointKind
from domain.matching import Candidate, CandidateKind, Candidates
from domain.merge_by_hand_rule import decide_brought
from domain.merge_rule import (
    decide_candidate,
    decide_first_seen,
    decide_sent_again,
    decide_withdrawn,
    matched_identifiers,
    said_identifiers,
)
from domain.records import Record
from domain.settings import MergeSettings
from domain.shown import union, whole
from domain.value import replace
from tests.messages import ADMIN, NOON, Message, Withdrawal

KINDS: list[PointKind] = ["phone", "email"]


class AccountInMemory:
    """Takes messages one by one; MergeSettings, as a message, change the settings."""

    def __init__(self, settings: MergeSettings, *, begins_at: int = 1) -> None:
        """`begins_at`: the position of its first event in the log."""
        self.begins_at = begins_at
        self.settings = settings
        self.settings_version = 1
        self.came = 0
        self.log: list[Recorded] = []
        self.states: dict[str, State] = {}

    @property
    def _next_position(self) -> int:
        return self.begins_at + len(self.log)

    @property
    def live(self) -> dict[str, Contact]:
        return {key: state for key, state in self.states.items() if isinstance(state, Contact)}

    def take(self, message: Message) -> list[Event]:
        """Decide a message and record its events."""
        self.came += 1
        events = self.decide(message)
        for event in events:
            self._record(event)
        return events

    def decide(self, message: Message) -> list[Event]:
        """The events that a message would give now."""
        if isinstance(message, MergeSettings):
            version = self.settings_version + 1
            return [MergeSettingsChanged(settings=message, version=version, by=ADMIN)]
        known = self._sent_before(message)
        if isinstance(message, Withdrawal):
            assert known, f"{message} was never sent"
            return [*decide_withdrawn(*known, by=ADMIN)]
        if known:
            message = _read_as(known[1], message)
            now = NOON + timedelta(minutes=self.came)
            said = Said(self._next_position, now, message.updated_at)
            return self._sent_again(*known, message, said)
        if message.source == "csv" and any(
            held.fingerprint == message.fingerprint or _written(held) == _written(message)
            for _, held in self._held()
            if held.source == "csv"
        ):
            return []
        return [
            *decide_first_seen(
                message,
                Candidates(self._candidates(message)),
                settings=self.settings,
                settings_version=self.settings_version,
                contact_id=f"c{self.came}",
                merge_id=f"m{self.came}",
                by=ADMIN,
            )
        ]

    def _sent_again(
        self, contact_id: str, held: HeldRecord, message: Record, said: Said
    ) -> list[Event]:
        brings = f"c{self.came}"
        updated = decide_sent_again(contact_id, held, message, said, brings=brings, by=ADMIN)
        says = as_record(evolve_record(held, message, said))
        if not (
            updated
            and message.identifiers
            and waits_for_first(self.settings, held, message)
            and can_be_matched(self.settings, says, says.identifiers)
        ):
            return [*updated]
        contact, winner = self.live[contact_id], None
        decision = Decision(
            rule="never", because="not_alone", settings_version=self.settings_version
        )
        if is_alone(contact):
            others = [each for each in self._candidates(says) if each.contact_id != contact_id]
            winner, decision = decide_candidate(
                says, Candidates(others), self.settings, self.settings_version
            )
        if winner is None:
            return [replace(each, decision=decision) for each in updated]
        absorbed = evolve(contact, self._recorded(updated[0]))
        assert isinstance(absorbed, Contact)
        merged, went = decide_brought(
            winner.contact_id, absorbed, merge_id=f"m{self.came}", decision=decision, by=ADMIN
        )
        return [*updated, replace(merged, brings=brings), went]

    def holds(self, message: Record | Withdrawal) -> bool:
        """Whether an integration sent this record, and did not take it back."""
        return self._sent_before(message) is not None

    def _held(self) -> list[tuple[str, HeldRecord]]:
        return [(key, held) for key, each in self.live.items() for held in each.records.values()]

    def _sent_before(self, message: Record | Withdrawal) -> tuple[str, HeldRecord] | None:
        if message.external_id is None:
            return None
        sent = (message.integration, message.kind, message.external_id)
        for key, held in self._held():
            if sent == (held.integration, held.kind, held.external_id):
                return key, held
        return None

    def _candidates(self, message: Record) -> list[Candidate]:
        asked = frozenset(matched_identifiers(self.settings, message))
        said = frozenset(said_identifiers(self.settings, message))
        candidates = []
        for key, contact in self.live.items():
            kind: CandidateKind = "contact" if whole(contact).kind == "contact" else "imported_lead"
            holds = said & _identifiers(contact)
            if holds & asked:
                candidates.append(Candidate(key, kind, contact.updated, holds))
        return candidates

    def _recorded(self, event: Event) -> Recorded:
        version = 1 + sum(each.event.stream == event.stream for each in self.log)
        at = NOON + timedelta(minutes=self.came)
        return Recorded(self._next_position, version, at, event)

    def _record(self, event: Event) -> None:
        self.log.append(self._recorded(event))
        if isinstance(event, MergeSettingsChanged):
            self.settings, self.settings_version = event.settings, event.version
        elif isinstance(event, ContactEvent):
            self.states[event.stream] = evolve(self.states.get(event.stream), self.log[-1])


def _points(known: HeldList | None) -> list[ContactPoint]:
    return [each.point for each in known.points] if known else []


def _read_as(held: HeldRecord, message: Record) -> Record:
    """A message with each value read as the record that says it already has it."""
    known = [*_points(held.phones), *_points(held.emails)]
    readings = {(each.written, each.region): each for each in known}

    def read(points: tuple[ContactPoint, ...] | None) -> tuple[ContactPoint, ...] | None:
        if points is None:
            return None
        first: list[ContactPoint] = []
        for each in points:
            known_as = readings.get((each.written, each.region), each).canonical
            as_known = replace(each, canonical=known_as)
            if as_known.key not in [other.key for other in first]:
                first.append(as_known)
        return tuple(first)

    return replace(message, phones=read(message.phones), emails=read(message.emails))


def _written(row: Record | HeldRecord) -> tuple[object, ...]:
    """What a csv row says, as it is written."""
    if isinstance(row, HeldRecord):
        fields = {name: each.value for name, each in row.fields.items()}
        points = [*_points(row.phones), *_points(row.emails)]
    else:
        fields, points = dict(row.fields), [*(row.phones or ()), *(row.emails or ())]
    return fields, {(each.written, each.region) for each in points}


def _identifiers(contact: Contact) -> set[Identifier]:
    return {
        Identifier(kind, value)
        for kind in KINDS
        for value, shown in union(contact, kind).items()
        if shown.matchable
    }
