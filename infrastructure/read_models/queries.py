"""Reads of an account: contacts, history and merges, from one snapshot."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from application.documents import (
    AttributeDocument,
    ContactDocument,
    CounterpartDocument,
    MergeDocument,
    OriginDocument,
    PointDocument,
    RecordDocument,
)
from application.wording import decision_document
from domain.contact import union
from domain.events import ContactsMerged, Recorded
from domain.identifiers import Identifier, IdentifierKind
from domain.records import HeldList, HeldRecord, RecordKind
from domain.settings import MergeSettings
from infrastructure.event_log.sqlite import SqliteRows, read_events
from infrastructure.read_models.tables import ContactRow, MergeRow, from_micros
from infrastructure.read_models.working_set import WorkingSet


class SqliteReading:
    """One snapshot of an account (see application.ports.Reading)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows = WorkingSet(SqliteRows(connection))

    @property
    def settings(self) -> MergeSettings:
        return self._rows.merge_settings.body

    @property
    def settings_version(self) -> int:
        return self._rows.merge_settings.version

    def count_contacts(self) -> int:
        row = self._connection.execute("SELECT count(*) FROM contacts WHERE status = 'live'")
        return int(row.fetchone()[0])

    def survivor(self, contact_id: str) -> str | None:
        row = self._contact(contact_id)
        while row is not None and row.survivor is not None:
            row = self._contact(row.survivor)
        return row.contact_id if row else None

    def contact(self, contact_id: str) -> ContactDocument | None:
        row = self._contact(contact_id)
        if row is None or row.status == "absorbed":
            return None
        records = [each.held for each in self._rows.records_of(contact_id)]
        return _contact_document(row, records).model_copy(
            update={
                "records": [_record_document(record) for record in records],
                "absorbed": sorted(self._absorbed(contact_id)),
            }
        )

    def contacts(
        self,
        *,
        after: str = "",
        limit: int,
        text: str | None = None,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[ContactDocument]:
        conditions, values = ["status = 'live'", "contact_id > ?"], [after]
        if kind is not None:
            conditions.append("kind = ?")
            values.append(kind)
        if identifier is not None:
            conditions.append(
                "contact_id IN (SELECT contact_id FROM identifiers WHERE kind = ? AND value = ?)"
            )
            values += identifier
        if text:
            part = f"%{_escaped(text)}%"
            conditions.append(
                "(json_extract(attributes, '$.name[0]') LIKE ? ESCAPE '\\' OR contact_id IN "
                "(SELECT contact_id FROM identifiers WHERE value LIKE ? ESCAPE '\\'))"
            )
            values += [part, part]
        ids = self._connection.execute(
            f"SELECT contact_id FROM contacts WHERE {' AND '.join(conditions)} "
            "ORDER BY contact_id LIMIT ?",
            (*values, limit),
        ).fetchall()
        self._rows.contacts.load(ids)
        return [
            _contact_document(row, [each.held for each in self._rows.records_of(contact_id)])
            for (contact_id,) in ids
            if (row := self._contact(contact_id)) is not None
        ]

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        path: list[Recorded] = []
        row = self._contact(contact_id)
        while row is not None and row.survivor is not None:
            merge = self._rows.merges.get((row.merge_id,))
            if merge is not None:
                path += read_events(self._connection, "position = ?", (merge.position,))
            row = self._contact(row.survivor)
        return path

    def history(
        self, contact_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        streams = json.dumps([contact_id, *self._absorbed(contact_id)])
        return list(
            read_events(
                self._connection,
                "stream IN (SELECT value FROM json_each(?)) AND position > ?",
                (streams, after),
                limit,
            )
        )

    def merges(
        self, *, before: str | None = None, limit: int, contact_id: str | None = None
    ) -> list[MergeDocument]:
        conditions, values = ["merge_id < ?"], [before or "~"]
        if contact_id is not None:
            row = self._contact(contact_id)
            conditions.append("(survivor = ? OR merge_id = ?)")
            values += [contact_id, (row.merge_id if row else None) or ""]
        rows = self._connection.execute(
            f"SELECT * FROM merges WHERE {' AND '.join(conditions)} ORDER BY merge_id DESC LIMIT ?",
            (*values, limit),
        ).fetchall()
        return [self._merge_document(MergeRow(*row)) for row in rows]

    def _merge_document(self, row: MergeRow) -> MergeDocument:
        recorded = next(iter(read_events(self._connection, "position = ?", (row.position,))))
        event = recorded.event
        if not isinstance(event, ContactsMerged):
            raise TypeError(f"event {row.position} is no merge")
        return MergeDocument(
            id=row.merge_id,
            survivor=row.survivor,
            absorbed=row.absorbed,
            by=event.by,
            at=recorded.at,
            source=event.record.source,
            decision=decision_document(event.decision),
            undone_at=from_micros(row.undone_at) if row.undone_at is not None else None,
        )

    def _contact(self, contact_id: str) -> ContactRow | None:
        return self._rows.contacts.get((contact_id,))

    def _absorbed(self, contact_id: str) -> list[str]:
        """Every id that leads to a contact."""
        rows = self._connection.execute(
            "WITH RECURSIVE absorbed (id) AS ("
            "  SELECT absorbed FROM merges WHERE survivor = ? AND undone_at IS NULL"
            "  UNION SELECT m.absorbed FROM absorbed a JOIN merges m"
            "  ON m.survivor = a.id AND m.undone_at IS NULL) SELECT id FROM absorbed",
            (contact_id,),
        )
        return [absorbed for (absorbed,) in rows]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _contact_document(row: ContactRow, records: Sequence[HeldRecord]) -> ContactDocument:
    attributes = {
        name: AttributeDocument(
            value=shown.value, record=shown.record_id, since=from_micros(shown.since)
        )
        for name, shown in sorted(row.attributes.items())
    }
    name = attributes.pop("name", None)
    return ContactDocument(
        id=row.contact_id,
        kind="contact" if row.kind == "contact" else "lead",
        deleted=row.status == "deleted",
        name=name.value if name else None,
        name_from=OriginDocument(record=name.record, since=name.since) if name else None,
        phones=_points(records, "phone"),
        emails=_points(records, "email"),
        attributes=attributes,
        counterparts=_counterparts(records),
        version=row.version,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )


def _points(records: Iterable[HeldRecord], kind: IdentifierKind) -> list[PointDocument]:
    return [
        PointDocument(
            value=shown.value,
            written=shown.written,
            matchable=shown.matchable,
            records=list(shown.records),
        )
        for shown in union(records, kind).values()
    ]


def _counterparts(records: Iterable[HeldRecord]) -> list[CounterpartDocument]:
    """Of each integration the record that was updated most recently."""
    newest: dict[str, HeldRecord] = {}
    for record in records:
        if record.integration is not None:
            known = newest.get(record.integration)
            if known is None or record.last_said >= known.last_said:
                newest[record.integration] = record
    return [
        CounterpartDocument(
            integration=integration,
            kind=record.kind,
            external_id=record.external_id or "",
            updated_at=record.updated_at,
        )
        for integration, record in sorted(newest.items())
    ]


def _record_document(record: HeldRecord) -> RecordDocument:
    fields = {name: held.value for name, held in record.fields.items()}
    return RecordDocument(
        id=record.record_id,
        source=record.source,
        integration=record.integration,
        kind=record.kind,
        external_id=record.external_id,
        updated_at=record.updated_at,
        name=fields.pop("name", None),
        phones=_keys(record.phones),
        emails=_keys(record.emails),
        attributes=fields,
    )


def _keys(known: HeldList | None) -> list[str]:
    return [held.point.key for held in known.points] if known else []
