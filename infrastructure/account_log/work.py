"""One unit of work: the decisions, events and reads of one transaction of one account."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from eventsourcing.persistence import StoredEvent

from application.jobs.job import LINK, Job
from application.ports import Head, Ids, ShownContact
from domain.attention_rule import Settleable
from domain.call_rule import Link, LinkedActivity
from domain.contact import AbsorbedContact, DeletedContact, State
from domain.events import (
    ACCOUNT_STREAM,
    AccountEvent,
    ActivityEvent,
    ContactImported,
    ContactsMerged,
    Event,
    Recorded,
)
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate, Candidates
from domain.records import Record, SourceKey
from domain.settings import MergeSettings
from domain.undo_rule import Merge, Touched, placeholder
from infrastructure.account_log.threads import LogThreads
from infrastructure.read_models.attention_rows import settleable
from infrastructure.read_models.contact_rows import absorbed_row, contact_row
from infrastructure.read_models.crowds import Crowds, candidate_kind, is_crowd
from infrastructure.read_models.projector import Projector
from infrastructure.read_models.shown_contacts import shown_contacts
from infrastructure.read_models.source_records import first_held, last_of_source
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.event_codec import MAPPER, InStream
from infrastructure.storage.jobs import add_job, job_settled, running_jobs
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import (
    RecordRow,
    linked_activity,
)
from infrastructure.storage.times import from_micros

LINKED_AT_ONCE = 1_000
"""How many calls and messages of a contact that is gone are linked in one commit with that."""


class LogWork:
    """The use cases' `Work` over a working set: every event is projected as it is appended."""

    def __init__(
        self,
        rows: WorkingSet,
        session: Session,
        *,
        head: int,
        now: datetime,
        ids: Ids,
        has_work: Callable[[Session], None] | None = None,
    ) -> None:
        """`has_work`: notes that there is a job; None: jobs cannot be added."""
        self._has_work = has_work
        self._rows = rows
        self._session = session
        self._projector = Projector(rows)
        self._crowds = Crowds(rows)
        self._position = head
        self._ids = ids
        self.now = now
        self.stored: list[StoredEvent] = []
        self._read_settings()

    @property
    def rows(self) -> WorkingSet:
        """The rows that it works on."""
        return self._rows

    @property
    def next_position(self) -> int:
        return self._position + 1

    def new_id(self) -> str:
        return self._ids()

    def new_merge_id(self, brings: str) -> str | None:  # noqa: ARG002 - a replay needs it
        return self._ids()

    def prepare(self, records: Sequence[tuple[Record, Sequence[Identifier]]]) -> None:
        rows = self._rows
        sent = {key for record, _ in records if (key := record.source_key)}
        rows.record_keys.load(sent)
        known = rows.records.load(
            (row.record_id,) for key in sent for row in rows.record_keys.under(key)
        )
        holders = rows.identifiers.load(
            each
            for record, asked in records
            for each in record.identifiers
            if each.kind != "email" or (asked and not self.settings.is_shared(each))
        )
        rows.contacts.load((row.contact_id,) for row in known)
        held = {holder[:2] for holder in holders}
        wanted = {each for _, asked in records for each in asked if each in held}
        # Of a crowd only the first few are read (see crowds.py).
        wanted -= {each for each in wanted if is_crowd(rows, each)}
        rows.contacts.load((each.contact_id,) for each in holders if each[:2] in wanted)
        # The contact of a csv record has a row of the match index for each value that it lists.
        sent_rows = [(record, asked) for record, asked in records if record.source == "csv"]
        may_be_there = {
            record.fingerprint for record, asked in sent_rows if not asked or asked[0] in held
        }
        may_be_there.update(record.fingerprint_as_written for record, _ in sent_rows)
        rows.csv_rows.load((fingerprint,) for fingerprint in may_be_there)
        if len(records) > 1:  # those that a record joins; for one they are read if it is needed
            rows.attention.load((value,) for _, value in wanted)
        rows.csv_rows.expect_none((record.fingerprint,) for record, _ in sent_rows)

    def candidates(
        self, asked: Sequence[Identifier], said: Sequence[Identifier], *, every: bool = False
    ) -> Candidates:
        if not every and any(is_crowd(self._rows, each) for each in asked):
            return self._crowds.candidates(asked, said)
        return Candidates(self._every_candidate(asked, said))

    def _every_candidate(
        self, asked: Sequence[Identifier], said: Sequence[Identifier]
    ) -> list[Candidate]:
        held: dict[str, list[Identifier]] = {}
        for identifier in asked:
            for row in self._rows.identifiers.under(identifier):
                if row.holders:
                    held.setdefault(row.contact_id, []).append(identifier)
        if not held:
            return []
        if len(said) > len(asked):
            self._also_held(held, [each for each in said if each not in asked])
        self._rows.contacts.load((contact_id,) for contact_id in held)
        candidates = []
        for contact_id, holds in held.items():
            contact = self._rows.contacts.get((contact_id,))
            if contact is not None and contact.status == "live":
                kind = candidate_kind(contact)
                candidates.append(Candidate(contact_id, kind, contact.updated, frozenset(holds)))
        return candidates

    def _also_held(self, held: dict[str, list[Identifier]], others: Sequence[Identifier]) -> None:
        """Add other identifiers to what some contacts hold."""
        rows = self._rows.identifiers
        for identifier in others:
            for contact_id, holds in held.items():
                row = rows.get((*identifier, contact_id))
                if row is not None and row.holders:
                    holds.append(identifier)

    def captured_leads(self, contact_id: str, identifiers: Iterable[Identifier]) -> list[Candidate]:
        # A lead exists only while nobody else holds its number, so never beside two others.
        leads: dict[str, Candidate] = {}
        for identifier in identifiers:
            if identifier.kind == "email":
                continue
            rows = (row for row in self._rows.identifiers.each_under(identifier) if row.holders)
            holders = [row.contact_id for row in islice(rows, 3)]
            if len(holders) == 2 and contact_id in holders:
                for each in self._every_candidate([identifier], [identifier]):
                    if each.kind == "captured_lead":
                        leads[each.contact_id] = each
        return list(leads.values())

    def with_extension(self, number: Identifier) -> Sequence[Candidate]:
        rows = self.threads.with_extension(number)
        numbers = {number._replace(value=row.value): row for row in rows if row.holders}
        return self.candidates(list(numbers), list(numbers)).among

    def survivor(self, contact_id: str) -> Head | None:
        return self._rows.head(contact_id)

    def state(self, contact_id: str) -> State | None:
        return self._rows.state(contact_id)

    def count_records(self, contact_id: str) -> int:
        return self._rows.contacts.known("contact", contact_id).shown.records

    def leading_to(self, contact_id: str) -> list[str]:
        return self._rows.leading_to(contact_id)

    def shown(self, contact_id: str, *, lists: bool) -> ShownContact:
        found = shown_contacts(self._session, self._rows, [contact_id], lists=lists)
        return found[contact_id]

    def activity(self, activity_id: str) -> LinkedActivity | None:
        row = self._rows.activities.get((activity_id,))
        return linked_activity(row) if row else None

    def activities_of(self, contact_id: str, limit: int | None) -> list[LinkedActivity]:
        return [*map(linked_activity, self._rows.activities.oldest_of(contact_id, limit))]

    def first_activities_of(self, contact_id: str) -> list[LinkedActivity]:
        return [*map(linked_activity, self._rows.activities.first_of(contact_id))]

    @property
    def most_linked_at_once(self) -> int | None:
        return LINKED_AT_ONCE if self._has_work else None

    def link_later(
        self, contact_id: str, links: Mapping[str, Link], *, position: int, by: str
    ) -> None:
        if self._has_work is None:
            raise TypeError("no job can be added here")
        add_job(
            self._session,
            Job(
                id=self.new_id(),
                kind=LINK,
                by=by,
                options={"contact_id": contact_id, "position": position, "links": dict(links)},
                is_preview=False,
                begun_at=self.now,
                total=self._rows.activities.count_of(contact_id),
                result={},
            ),
        )
        self._has_work(self._session)

    def is_linking(self, contact_id: str) -> bool:
        running = (job for job in running_jobs(self._session) if job.kind == LINK)
        return any(job.options["contact_id"] == contact_id for job in running)

    def assigned_to(self, contact_id: str) -> list[LinkedActivity]:
        ids = {contact_id, *self._rows.leading_to(contact_id)}
        past = {row.activity_id for each in ids for row in self._rows.past_links.under((each,))}
        found = (self.activity(each) for each in sorted(past))
        assigned = [each for each in found if each and each.assigned in ids]
        return sorted(assigned, key=lambda each: each.first)

    def merge(self, merge_id: str) -> tuple[Merge, datetime | None] | None:
        row = self._rows.merges.get((merge_id,))
        if row is None:
            return None
        undone_at = from_micros(row.undone_at) if row.undone_at is not None else None
        return Merge(row.merge_id, row.survivor, row.absorbed), undone_at

    def to_settle(self, item: str) -> Settleable | None:
        return settleable(self._rows, item)

    def settle_job(self, job_id: str, by: str) -> bool:
        return job_settled(self._session, job_id, by)

    def touched(self, contact_ids: Collection[str], activity_ids: Collection[str]) -> Touched:
        rows = self._rows
        contacts = rows.states(contact_ids)
        ids = [each.merge_id for each in contacts.values() if isinstance(each, AbsorbedContact)]
        merges = rows.merges.those([(merge_id,) for merge_id in ids if merge_id])
        activities = rows.activities.those([(each,) for each in activity_ids])
        return Touched(
            contacts=contacts,
            merges={each.absorbed: Merge(*each[:3]) for each in merges},
            activities={each.activity_id: linked_activity(each) for each in activities},
        )

    def kept_apart(self, contact_ids: Collection[str]) -> dict[str, frozenset[str]]:
        return self._rows.kept_apart(contact_ids)

    @property
    def threads(self) -> LogThreads:
        return LogThreads(self._rows, self._session)

    @contextmanager
    def another(self) -> Iterator["ReplayedWork"]:
        recorded = self.threads.events_of([ACCOUNT_STREAM])
        settings = [each for each in recorded if isinstance(each.event, AccountEvent)]
        with self._session.fresh_tables():
            rows = WorkingSet(self._session, self._session.fresh, is_new=True)
            yield ReplayedWork(rows, self._session, settings)

    def record_of_source(self, key: SourceKey) -> tuple[str, HeldRecord] | None:
        return _with_contact(last_of_source(self._rows, key, "live"))

    def deleted_record(self, key: SourceKey) -> tuple[str, HeldRecord] | None:
        # A contact that lost its last record has none; one that somebody deleted keeps them.
        return _with_contact(last_of_source(self._rows, key, "deleted"))

    def contact_with_csv_row(self, row: Record, asked: Sequence[Identifier] = ()) -> Head | None:
        rows = self._rows.csv_rows
        same = {each.record_id for each in rows.each_under((row.fingerprint_as_written,))}
        if not asked or self._rows.identifiers.under(asked[0]):
            # Otherwise no contact has a record that lists it.
            same.update(each.record_id for each in rows.each_under((row.fingerprint,)))
        if not same:
            return None
        records = sorted(same)
        found = first_held(self._rows, records, "live") or first_held(
            self._rows, records, "deleted"
        )
        return None if found is None else self._rows.head(found.contact_id)

    def append(self, events: Sequence[Event]) -> None:
        for event in events:
            self._position += 1
            version = self._next_version(event)
            self._projector.project(Recorded(self._position, version, self.now, event))
            self._keep(event, version)

    def _keep(self, event: Event, version: int) -> None:
        self.stored.append(MAPPER.to_stored_event(InStream(event.stream, version, event)))
        if isinstance(event, AccountEvent):
            self._read_settings()

    def _read_settings(self) -> None:
        settings = self._rows.merge_settings
        self.settings: MergeSettings = settings.body
        self.settings_version = settings.version

    def _next_version(self, event: Event) -> int:
        if isinstance(event, ContactImported):
            return 1
        if isinstance(event, AccountEvent):
            return self.settings_version + 1
        of_activity = isinstance(event, ActivityEvent)
        rows = self._rows.activities if of_activity else self._rows.contacts
        row = rows.get((event.stream,))
        return row.version + 1 if row else 1


class ReplayedWork(LogWork):
    """An account in which a history is replayed (see application.ports.Sandbox)."""

    def __init__(self, rows: WorkingSet, session: Session, settings: Sequence[Recorded]) -> None:
        self._brings = ""
        self._merge_ids: Mapping[str, str] = {}
        self._without: AbstractSet[str] = frozenset()
        self._settings = settings
        self.made: dict[str, ContactsMerged] = {}
        super().__init__(rows, session, head=0, now=settings[0].at, ids=lambda: self._brings)

    def leave_out(self, merge_ids: Mapping[str, str], without: AbstractSet[str]) -> None:
        self._merge_ids, self._without = merge_ids, without

    def new_merge_id(self, brings: str) -> str | None:
        merge_id = self._merge_ids.get(brings, placeholder(brings))
        return None if merge_id in self._without else merge_id

    def turn_to(self, recorded: Recorded, brings: str = "") -> None:
        self._position = recorded.position - 1
        self.now = recorded.at
        self._brings = brings
        in_force = [each for each in self._settings if each.position < recorded.position]
        event = in_force[-1].event
        if isinstance(event, AccountEvent):
            self.settings, self.settings_version = event.settings, len(in_force)

    def lead_to(self, contact_id: str, survivor: str) -> None:
        self._rows.contacts.put(absorbed_row(contact_id, survivor, None, 0))

    def leave_empty(self, contact_id: str) -> None:
        nothing = DeletedContact(
            contact_id=contact_id,
            records={},
            created_at=self.now,
            updated=self.next_position,
            updated_at=self.now,
            version=0,
        )
        self._rows.contacts.put(contact_row(nothing))

    @property
    def contacts(self) -> list[str]:
        return [row.contact_id for row in self._rows.contacts.where("true")]

    def _keep(self, event: Event, _: int) -> None:
        if isinstance(event, ContactsMerged):
            self.made[event.absorbed] = event


def _with_contact(row: RecordRow | None) -> tuple[str, HeldRecord] | None:
    return None if row is None else (row.contact_id, row.held)
