"""Reads of an account from one snapshot. A whole page takes a few statements."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from eventsourcing.persistence import DataError
from pydantic_core import from_json

from application.ports import (
    Conflict,
    Export,
    Head,
    HeldActivity,
    IdKind,
    LoggedEvent,
    MergeMade,
    Named,
    SettingsSet,
    ShownContact,
)
from application.reads.text_search import Sought
from domain.activities import ActivityType, stream_of
from domain.events import ContactImported, ContactsMerged, Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate
from domain.phones import with_extensions
from domain.records import RecordKind, Source, SourceKey
from domain.settings import MergeSettings
from infrastructure.read_models.beginnings import ids_that_begin, import_files
from infrastructure.read_models.conflicts import conflicts, separations
from infrastructure.read_models.crowds import kind_of
from infrastructure.read_models.exports import target_of
from infrastructure.read_models.settings_set import settings_set
from infrastructure.read_models.shown_contacts import shown_contacts
from infrastructure.read_models.source_records import last_of_source
from infrastructure.read_models.text_index import TextIndex
from infrastructure.read_models.text_search import HOLDS, OF_KIND, candidates
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.stored_rows import ExportRow, MergeRow, linked_activity
from infrastructure.storage.table import Row
from infrastructure.storage.times import from_micros

_SIDES = ("survivor", "absorbed")
_NO_POSITION = 1 << 62
"""After every position of a log."""


class LogReading:
    """One snapshot of an account (see application.ports.Reading)."""

    def __init__(self, session: Session, text: TextIndex, rows: WorkingSet | None = None) -> None:
        """`rows`: some that are known already, as they are in this snapshot."""
        self._session = session
        self._text = text
        self._rows = rows or WorkingSet(session, session.in_use)

    def forget(self) -> None:
        self._session.forget()
        self._rows = WorkingSet(self._session, self._session.in_use)

    @property
    def settings(self) -> MergeSettings:
        return self._rows.merge_settings.body

    @property
    def settings_version(self) -> int:
        return self._rows.merge_settings.version

    def count_contacts(self) -> int:
        row = self._session.execute("SELECT count(*) FROM contacts WHERE status = 'live'")
        return int(row.fetchone()[0])

    def survivor(self, contact_id: str) -> Head | None:
        return self._rows.head(contact_id)

    def contacts(self, contact_ids: Iterable[str]) -> Mapping[str, ShownContact]:
        return shown_contacts(self._session, self._rows, list(contact_ids))

    def contact_ids(
        self,
        *,
        after: str = "",
        limit: int,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[str]:
        conditions, values = ["status = 'live'", "contact_id > ?"], [after]
        if kind is not None:
            conditions.append(OF_KIND[kind])
        if identifier is not None:
            conditions.append(HOLDS)
            values += identifier
        rows = self._session.execute(
            f"SELECT contact_id FROM contacts WHERE {' AND '.join(conditions)} "
            "ORDER BY contact_id LIMIT ?",
            (*values, limit),
        )
        return [contact_id for (contact_id,) in rows]

    def deleted_ids(self, *, after: str = "", limit: int) -> list[str]:
        rows = self._session.execute(
            "SELECT contact_id FROM contacts WHERE status = 'deleted' AND contact_id > ?"
            " ORDER BY contact_id LIMIT ?",
            (after, limit),
        )
        return [contact_id for (contact_id,) in rows]

    def contact_ids_with_text(self, sought: Sought, *, after: int) -> Generator[tuple[int, str]]:
        return candidates(self._session, self._text, sought, after)

    def ids_that_begin(self, kind: IdKind, beginning: str, *, limit: int) -> list[str]:
        return ids_that_begin(self._session, kind, beginning, limit)

    def import_files(self, import_ids: Sequence[str]) -> Mapping[str, str]:
        return import_files(self._session, import_ids)

    def records(self, contact_id: str, *, after: str = "", limit: int) -> list[HeldRecord]:
        rows = self._session.execute(
            "SELECT record_id FROM records"
            " WHERE contact_id = ?1 AND contact_id <> record_id AND record_id > ?2"
            " UNION ALL SELECT record_id FROM records"
            " WHERE record_id = ?1 AND contact_id = ?1 AND record_id > ?2"
            " ORDER BY record_id LIMIT ?3",
            (contact_id, after, limit),
        ).fetchall()
        return [row.held for row in self._rows.records.those(rows)]

    def holder_of_record(self, key: SourceKey) -> str | None:
        row = last_of_source(self._rows, key, "live")
        return None if row is None else row.contact_id

    def integrations(self) -> list[str]:
        rows = self._session.execute(
            "WITH RECURSIVE each_one (name) AS (SELECT min(integration) FROM record_keys"
            " UNION ALL SELECT (SELECT min(integration) FROM record_keys"
            " WHERE integration > name) FROM each_one WHERE name IS NOT NULL)"
            " SELECT name FROM each_one WHERE name > ''"
        )
        return [name for (name,) in rows]

    def absorbed(self, contact_id: str) -> list[str]:
        return self._rows.leading_to(contact_id)

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        positions: list[int] = []
        row = self._rows.contacts.get((contact_id,))
        while row is not None and row.survivor is not None:
            merge = self._rows.merges.get((row.merge_id,))
            if merge is not None:
                positions.append(merge.position)
            row = self._rows.contacts.get((row.survivor,))
        recorded = self._recorded(positions)
        return [recorded[position] for position in positions]

    def history(
        self,
        contact_id: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Recorded]:
        streams = [contact_id, *self.absorbed(contact_id)]
        return list(
            read_events(
                self._session,
                "position IN (SELECT position FROM events"
                " WHERE stream IN (SELECT value FROM json_each(?1))"
                " UNION SELECT e.position FROM activities a CROSS JOIN events e"
                " ON e.stream = a.activity_id WHERE a.contact_id = ?2"
                " UNION SELECT position FROM merges WHERE absorbed = ?2)"
                " AND position > ?3 AND position < ?4",
                (streams, contact_id, after, _NO_POSITION if before is None else before),
                limit,
                newest_first=before is not None,
            )
        )

    def compared(self, contact_id: str, other: str) -> list[Recorded]:
        streams = [contact_id, *self.absorbed(contact_id)]
        return list(
            read_events(
                self._session,
                "stream IN (SELECT value FROM json_each(?1))"
                " AND (topic = ?2 OR instr(payload, ?3) > 0)",
                (streams, ContactImported.TOPIC, other.encode()),
            )
        )

    def holders(self, number: Identifier) -> list[Candidate]:
        return self._holders(number, number.value, number.value)

    def with_extension(self, number: Identifier) -> list[Candidate]:
        return self._holders(number, *with_extensions(number.value))

    def _holders(self, number: Identifier, first: str, last: str) -> list[Candidate]:
        return [
            Candidate(each, kind_of(kind, is_captured=captured), updated, frozenset({number}))
            for each, updated, kind, captured in self._rows.holders_of(number.kind, first, last)
        ]

    def names(self, contact_ids: Sequence[str]) -> Mapping[str, Named]:
        rows = self._rows.contacts.those([(each,) for each in contact_ids])
        named: dict[str, Named] = {}
        for row in rows:
            if row.status == "live":
                name = row.shown.attributes.get("name")
                named[row.contact_id] = Named(name.value if name else None, row.shown.kind)
        return named

    def record_names(self, record_ids: Sequence[str]) -> Mapping[str, str | None]:
        rows = self._rows.records.those([(each,) for each in record_ids])
        names = ((row.record_id, row.held.fields.get("name")) for row in rows)
        return {record_id: name and name.value for record_id, name in names}

    def both_hold(self, a: str, b: str) -> list[Identifier]:
        rows = self._rows.contacts.those([(a,), (b,)])
        few, many = sorted(rows, key=lambda row: row.shown.records)
        shown = self.contacts([few.contact_id])[few.contact_id]
        held = [
            *(Identifier("phone", each.value) for each in shown.phones.values() if each.matchable),
            *(Identifier("email", each.value) for each in shown.emails.values() if each.matchable),
        ]
        self._rows.identifiers.load_each([(*each, many.contact_id) for each in held])
        others = (self._rows.identifiers.get((*each, many.contact_id)) for each in held)
        return [each for each, row in zip(held, others, strict=True) if row and row.holders]

    def merge(self, merge_id: str) -> MergeMade | None:
        row = self._rows.merges.get((merge_id,))
        return self._merges([row])[0] if row else None

    def merges(
        self,
        *,
        before: str | None = None,
        limit: int,
        contact_id: str | None = None,
        matched: Identifier | None = None,
    ) -> list[MergeMade]:
        before = before or "~"
        if matched is not None:
            found = self._session.execute(
                "SELECT merge_id FROM joined WHERE kind = ? AND value = ? AND merge_id < ?"
                " ORDER BY merge_id DESC LIMIT ?",
                (*matched, before, limit),
            ).fetchall()
            return self._merges(self._rows.merges.those(found))
        page = "SELECT * FROM merges WHERE {}merge_id < ?1 ORDER BY merge_id DESC LIMIT ?2"
        if contact_id is None:
            rows = self._session.execute(page.format(""), (before, limit)).fetchall()
        else:
            either = [f"SELECT * FROM ({page.format(f'{c} = ?3 AND ')}) AS {c}" for c in _SIDES]
            rows = self._session.execute(
                f"{' UNION '.join(either)} ORDER BY merge_id DESC LIMIT ?2",
                (before, limit, contact_id),
            ).fetchall()
        return self._merges([MergeRow(*row) for row in rows])

    def _merges(self, rows: Sequence[MergeRow]) -> list[MergeMade]:
        recorded = self._recorded([row.position for row in rows])
        merges = [(row, recorded[row.position].at, _merge(recorded[row.position])) for row in rows]
        self._rows.records.load((event.absorbed,) for _, _, event in merges if not event.record)
        return [
            MergeMade(
                event,
                at,
                self._source_of(event),
                from_micros(row.undone_at) if row.undone_at is not None else None,
            )
            for row, at, event in merges
        ]

    def _source_of(self, merge: ContactsMerged) -> Source | None:
        """The source of the record that was merged; None for a merge by hand."""
        if merge.record is not None:
            return merge.record.source
        if merge.decision.rule == "manual":
            return None
        row = self._rows.records.get((merge.absorbed,))  # the first record of the absorbed contact
        return row.held.source if row else None

    def _recorded(self, positions: Sequence[int]) -> dict[int, Recorded]:
        if not positions:
            return {}
        at_positions = "position IN (SELECT value FROM json_each(?))"
        events = read_events(self._session, at_positions, ([*positions],))
        return {each.position: each for each in events}

    def activity(self, activity_id: str) -> HeldActivity | None:
        row = self._rows.activities.get((stream_of(activity_id),))
        return self._held([(row.activity_id,)])[0] if row else None

    def activities(
        self, contact_id: str, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        return self._activities("contact_id", contact_id, before, limit)

    def newest_from(self, number: Identifier) -> datetime | None:
        row = self._session.execute(
            "SELECT at FROM activities WHERE number = ? ORDER BY at DESC LIMIT 1", (number.value,)
        ).fetchone()
        return None if row is None else from_micros(row[0])

    def activities_of_type(
        self, kind: ActivityType, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        return self._activities("kind", kind, before, limit)

    def _activities(
        self, column: str, value: str, before: tuple[int, str] | None, limit: int
    ) -> list[HeldActivity]:
        keys = self._session.execute(
            f"SELECT activity_id FROM activities WHERE {column} = ? AND (at, activity_id) < (?, ?) "
            "ORDER BY at DESC, activity_id DESC LIMIT ?",
            (value, *((before[0], stream_of(before[1])) if before else (1 << 62, "")), limit),
        ).fetchall()
        return self._held(keys)

    def exports(
        self, *, integration: str | None = None, after: int = 0, limit: int
    ) -> list[Export]:
        only = "" if integration is None else "integration = ? AND "
        found = self._session.execute(
            f"SELECT * FROM exports WHERE {only}number > ? ORDER BY number LIMIT ?",
            (*([integration] if integration is not None else []), after, limit),
        ).fetchall()
        exports = [ExportRow(*row) for row in found]
        activities = self._held([(each.activity_id,) for each in exports])
        return [
            Export(
                each.number,
                activity,
                target_of(each.integration, each.target),
                target_of(each.integration, each.moved_from),
            )
            for each, activity in zip(exports, activities, strict=True)
        ]

    def _held(self, keys: Sequence[Row]) -> list[HeldActivity]:
        """Some activities, each with the contact that has it."""
        rows = self._rows.activities.those(keys)
        if len(rows) < len(keys):
            raise LookupError("an exported activity is not in the read models")
        self._rows.contacts.load((row.contact_id,) for row in rows if row.contact_id)
        held: list[HeldActivity] = []
        for row in rows:
            contact = self._rows.contacts.get((row.contact_id,)) if row.contact_id else None
            kind: RecordKind = "contact" if contact and contact.shown.kind == "contact" else "lead"
            held.append(HeldActivity(linked_activity(row), row.contact_id, contact and kind))
        return held

    def events(self, *, after: int = 0, limit: int) -> list[LoggedEvent]:
        rows = self._session.execute(
            "SELECT position, topic, stream, version, at, payload FROM events "
            "WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        )
        return [
            LoggedEvent(
                position,
                topic,
                stream,
                version,
                from_micros(at),
                None if payload is None else _data(position, payload),
            )
            for position, topic, stream, version, at, payload in rows
        ]

    def settings_set(self, *, before: int | None = None, limit: int) -> list[SettingsSet]:
        return settings_set(self._session, before, limit)

    def conflicts(
        self, *, after: tuple[str, str, str, str] | None = None, limit: int
    ) -> list[Conflict]:
        shared = self.settings.shared_identifiers
        return conflicts(self._session, self._rows, shared, after=after, limit=limit)

    def separations(self, a: str, b: str) -> list[Recorded]:
        return [*self._recorded(separations(self._session, self._rows, a, b)).values()]


def _merge(recorded: Recorded) -> ContactsMerged:
    if not isinstance(recorded.event, ContactsMerged):
        raise TypeError(f"event {recorded.position} is not a merge")
    return recorded.event


def _data(position: int, payload: bytes) -> dict[str, Any]:
    """The fields of an event as it is stored. Raises DataError."""
    try:
        data = from_json(payload)
    except ValueError as error:
        raise DataError(f"event {position}: its payload cannot be read") from error
    if not isinstance(data, dict):
        raise DataError(f"event {position}: its payload is not an object")
    return data
