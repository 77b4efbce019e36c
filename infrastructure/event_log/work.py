"""One unit of work: what is decided, recorded and read in one transaction of one account."""

from collections.abc import Sequence
from datetime import datetime

from eventsourcing.persistence import StoredEvent

from application.ports import Ids
from domain.events import AccountEvent, ContactImported, Event, Recorded
from domain.identifiers import Identifier
from domain.matching import Candidate, CandidateKind
from domain.records import HeldRecord, Record, RecordKind
from domain.settings import MergeSettings
from infrastructure.event_log.codec import EventMapper, InStream
from infrastructure.read_models.projector import Projector
from infrastructure.read_models.tables import ContactRow, IdentifierRow
from infrastructure.read_models.working_set import WorkingSet


class LogWork:
    """The use cases' `Work` over a working set: every event is projected as it is appended."""

    def __init__(
        self, rows: WorkingSet, mapper: EventMapper, *, head: int, now: datetime, ids: Ids
    ) -> None:
        self._rows = rows
        self._mapper = mapper
        self._projector = Projector(rows)
        self._position = head
        self._ids = ids
        self.now = now
        self.stored: list[StoredEvent] = []
        self._read_settings()

    @property
    def next_position(self) -> int:
        return self._position + 1

    def new_id(self) -> str:
        return self._ids()

    def prepare(self, records: Sequence[tuple[Record, Sequence[Identifier]]]) -> None:
        rows = self._rows
        sent = {(r.integration, r.kind, r.external_id) for r, _ in records if r.external_id}
        rows.record_keys.load(sent)
        rows.records.load((row.record_id,) for key in sent for row in rows.record_keys.under(key))
        holders = rows.identifiers.load(each for _, asked in records for each in asked)
        rows.contacts.load((holder.contact_id,) for holder in holders)
        held = {holder[:2] for holder in holders}
        rows.csv_rows.load(
            (record.fingerprint,)
            for record, asked in records
            if record.source == "csv" and (not asked or asked[0] in held)
        )

    def candidates(self, identifiers: Sequence[Identifier]) -> list[Candidate]:
        held: dict[str, list[Identifier]] = {}
        for identifier in identifiers:
            for row in self._holders(identifier):
                held.setdefault(row.contact_id, []).append(identifier)
        if not held:
            return []
        self._rows.contacts.load((contact_id,) for contact_id in held)
        candidates = []
        for contact_id, holds in held.items():
            contact = self._rows.contacts.get((contact_id,))
            if contact is not None and contact.status == "live":
                kind = _candidate_kind(contact)
                candidates.append(Candidate(contact_id, kind, contact.updated, frozenset(holds)))
        return candidates

    def record_of_source(
        self, integration: str, kind: RecordKind, external_id: str
    ) -> tuple[str, HeldRecord] | None:
        rows = self._rows.record_keys.under((integration, kind, external_id))
        for key_row in sorted(rows, key=lambda row: row.record_id, reverse=True):
            row = self._rows.records.get((key_row.record_id,))
            if row is not None:
                return row.contact_id, row.held
        return None

    def contact_with_csv_row(self, record: Record, asked: Sequence[Identifier]) -> str | None:
        if asked and not self._holders(asked[0]):
            return None  # a record with these identifiers would hold every one of them
        rows = self._rows.csv_rows.under((record.fingerprint,))
        if not rows:
            return None
        oldest = min(row.record_id for row in rows)
        row = self._rows.records.get((oldest,))
        return row.contact_id if row else None

    def append(self, events: Sequence[Event]) -> None:
        for event in events:
            self._position += 1
            version = self._next_version(event)
            self._projector.project(Recorded(self._position, version, self.now, event))
            self.stored.append(self._mapper.to_stored_event(InStream(event.stream, version, event)))
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
        row = self._rows.contacts.get((event.stream,))
        return row.version + 1 if row else 1

    def _holders(self, identifier: Identifier) -> list[IdentifierRow]:
        return self._rows.identifiers.under(identifier)


def _candidate_kind(row: ContactRow) -> CandidateKind:
    if row.kind == "contact":
        return "contact"
    return "imported_lead" if row.records else "captured_lead"
