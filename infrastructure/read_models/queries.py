"""Reads of an account: contacts, history and merges, from one snapshot."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from itertools import islice

from pydantic_core import from_json

from application.documents.activities import ActivityDocument, ExportDocument, TargetDocument
from application.documents.contacts import (
    AttributeDocument,
    ConflictDocument,
    ContactDocument,
    CounterpartDocument,
    OriginDocument,
    PointDocument,
    RecordDocument,
)
from application.documents.decisions import MatchedDocument
from application.documents.events import EventDocument
from application.documents.merges import MergeDocument
from application.reads.text_search import Sought, lines_of_contact
from application.wording import activity_document, decision_document
from domain.activities import ActivityType, stream_of
from domain.contact import Contact, DeletedContact, State, union
from domain.events import ContactsMerged, Recorded
from domain.held_records import HeldList, HeldRecord
from domain.identifiers import Identifier, IdentifierKind
from domain.records import RecordKind, Source
from domain.settings import MergeSettings
from infrastructure.read_models.rows import SqlRows
from infrastructure.read_models.text_index import TextIndex
from infrastructure.read_models.text_search import OF_KIND, candidates
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.stored_rows import (
    ActivityRow,
    ContactRow,
    ExportRow,
    MergeRow,
    linked_activity,
)
from infrastructure.storage.times import from_micros

_SIDES = ("survivor", "absorbed")


class LogReading:
    """One snapshot of an account (see application.ports.Reading)."""

    def __init__(self, session: Session, text: TextIndex) -> None:
        self._session = session
        self._text = text
        self._rows = WorkingSet(SqlRows(session, session.in_use))

    @property
    def settings(self) -> MergeSettings:
        return self._rows.merge_settings.body

    @property
    def settings_version(self) -> int:
        return self._rows.merge_settings.version

    def count_contacts(self) -> int:
        row = self._session.execute("SELECT count(*) FROM contacts WHERE status = 'live'")
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
        state = self._rows.state(contact_id)
        records = state.records.values() if isinstance(state, Contact | DeletedContact) else ()
        return _contact_document(row, state).model_copy(
            update={
                "records": [_record_document(record) for record in records],
                "absorbed": self._rows.leading_to(contact_id),
            }
        )

    def contacts(
        self,
        *,
        after: str = "",
        limit: int,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[ContactDocument]:
        conditions, values = ["status = 'live'", "contact_id > ?"], [after]
        if kind is not None:
            conditions.append(OF_KIND[kind])
        if identifier is not None:
            conditions.append(
                "contact_id IN (SELECT contact_id FROM identifiers "
                "WHERE kind = ? AND value = ? AND holders > 0)"
            )
            values += identifier
        ids = self._session.execute(
            f"SELECT contact_id FROM contacts WHERE {' AND '.join(conditions)} "
            "ORDER BY contact_id LIMIT ?",
            (*values, limit),
        ).fetchall()
        self._rows.contacts.load(ids)
        found = (self._live_contact(contact_id) for (contact_id,) in ids)
        return [contact for contact in found if contact is not None]

    def contacts_with_text(
        self,
        sought: Sought,
        *,
        after: int = 0,
        limit: int,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[tuple[int, ContactDocument]]:
        looked_at = candidates(
            self._session, self._text, sought, after=after, identifier=identifier, kind=kind
        )
        found: list[tuple[int, ContactDocument]] = []
        with closing(looked_at):
            while some := list(islice(looked_at, limit - len(found))):
                self._rows.contacts.load((contact_id,) for _, contact_id in some)
                for first, contact_id in some:
                    contact = self._live_contact(contact_id)
                    if (
                        contact is not None
                        and (kind is None or contact.kind == kind)
                        and (identifier is None or holds(contact, identifier))
                        and sought.is_in(lines_of_contact(contact))
                    ):
                        found.append((first, contact))
        return found

    def _live_contact(self, contact_id: str) -> ContactDocument | None:
        row = self._contact(contact_id)
        if row is None or row.status != "live":
            return None
        return _contact_document(row, self._rows.state(contact_id))

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        path: list[Recorded] = []
        row = self._contact(contact_id)
        while row is not None and row.survivor is not None:
            merge = self._rows.merges.get((row.merge_id,))
            if merge is not None:
                path += read_events(self._session, "position = ?", (merge.position,))
            row = self._contact(row.survivor)
        return path

    def history(
        self, contact_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        streams = [contact_id, *self._rows.leading_to(contact_id)]
        return list(
            read_events(
                self._session,
                "position IN (SELECT position FROM events"
                " WHERE stream IN (SELECT value FROM json_each(?1))"
                " UNION SELECT e.position FROM activities a CROSS JOIN events e"
                " ON e.stream = a.activity_id WHERE a.contact_id = ?2"
                " UNION SELECT position FROM merges WHERE absorbed = ?2) AND position > ?3",
                (streams, contact_id, after),
                limit,
            )
        )

    def merge(self, merge_id: str) -> MergeDocument | None:
        row = self._rows.merges.get((merge_id,))
        return self._merge_document(row) if row else None

    def merges(
        self, *, before: str | None = None, limit: int, contact_id: str | None = None
    ) -> list[MergeDocument]:
        before = before or "~"
        page = "SELECT * FROM merges WHERE {}merge_id < ?1 ORDER BY merge_id DESC LIMIT ?2"
        if contact_id is None:
            rows = self._session.execute(page.format(""), (before, limit)).fetchall()
        else:
            either = [f"SELECT * FROM ({page.format(f'{c} = ?3 AND ')}) AS {c}" for c in _SIDES]
            rows = self._session.execute(
                f"{' UNION '.join(either)} ORDER BY merge_id DESC LIMIT ?2",
                (before, limit, contact_id),
            ).fetchall()
        return [self._merge_document(MergeRow(*row)) for row in rows]

    def _merge_document(self, row: MergeRow) -> MergeDocument:
        recorded = next(iter(read_events(self._session, "position = ?", (row.position,))))
        event = recorded.event
        if not isinstance(event, ContactsMerged):
            raise TypeError(f"event {row.position} is no merge")
        return MergeDocument(
            id=row.merge_id,
            survivor=row.survivor,
            absorbed=row.absorbed,
            by=event.by,
            at=recorded.at,
            source=self._source_of(event),
            decision=decision_document(event.decision),
            undone_at=from_micros(row.undone_at) if row.undone_at is not None else None,
        )

    def _source_of(self, merge: ContactsMerged) -> Source | None:
        """Whose record was merged; None for a merge by hand."""
        if merge.record is not None:
            return merge.record.source
        row = None if merge.decision.rule == "manual" else self._rows.records.get((merge.absorbed,))
        return row.held.source if row else None

    def _contact(self, contact_id: str) -> ContactRow | None:
        return self._rows.contacts.get((contact_id,))

    def activity(self, activity_id: str) -> ActivityDocument | None:
        row = self._rows.activities.get((stream_of(activity_id),))
        return self._activity_document(row) if row else None

    def activities(
        self, contact_id: str, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[ActivityDocument]:
        return self._activities("contact_id = ?", contact_id, before, limit)

    def activities_of_type(
        self, kind: ActivityType, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[ActivityDocument]:
        return self._activities("kind = ?", kind, before, limit)

    def _activities(
        self, condition: str, value: str, before: tuple[int, str] | None, limit: int
    ) -> list[ActivityDocument]:
        rows = self._session.execute(
            f"SELECT activity_id FROM activities WHERE {condition} AND (at, activity_id) < (?, ?) "
            "ORDER BY at DESC, activity_id DESC LIMIT ?",
            (value, *((before[0], stream_of(before[1])) if before else (1 << 62, "")), limit),
        ).fetchall()
        self._rows.activities.load(rows)
        found = (self._rows.activities.get(key) for key in rows)
        return [self._activity_document(row) for row in found if row is not None]

    def exports(
        self, *, integration: str | None = None, after: int = 0, limit: int
    ) -> list[ExportDocument]:
        only = "" if integration is None else "integration = ? AND "
        rows = self._session.execute(
            f"SELECT * FROM exports WHERE {only}number > ? ORDER BY number LIMIT ?",
            (*([integration] if integration is not None else []), after, limit),
        ).fetchall()
        return [self._export_document(ExportRow(*row)) for row in rows]

    def events(self, *, after: int = 0, limit: int) -> list[EventDocument]:
        rows = self._session.execute(
            "SELECT position, topic, stream, version, at, payload FROM events "
            "WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        )
        return [
            EventDocument(
                position=position,
                type=topic,
                stream=stream,
                version=version,
                at=from_micros(at),
                data=None if payload is None else from_json(payload),
            )
            for position, topic, stream, version, at, payload in rows
        ]

    def conflicts(
        self, *, after: tuple[str, str, str, str] | None = None, limit: int
    ) -> list[ConflictDocument]:
        shared = [*self.settings.shared_identifiers]
        kind, value, a, b = after or ("", "", "", "")
        found: list[ConflictDocument] = []
        for each in ("email", "phone"):
            if each < kind:
                continue
            begin = (value, a, b) if each == kind else ("", "", "")
            rows = self._session.stream(
                "SELECT a.kind, a.value, a.contact_id, b.contact_id FROM identifiers a"
                " JOIN identifiers b ON b.kind = a.kind AND b.value = a.value"
                " AND b.contact_id > a.contact_id AND b.holders > 0"
                " WHERE a.kind = ?1 AND (a.value, a.contact_id) >= (?2, ?3) AND a.holders > 0"
                " AND (a.value, a.contact_id, b.contact_id) > (?2, ?3, ?4)"
                " AND a.value NOT IN (SELECT value FROM json_each(?5))"
                " ORDER BY a.value, a.contact_id, b.contact_id",
                (each, *begin, shared),
            )
            found += islice(self._not_separate(rows), limit - len(found))
        return found

    def _not_separate(
        self, rows: Iterable[tuple[IdentifierKind, str, str, str]]
    ) -> Iterator[ConflictDocument]:
        sides = cache(self._rows.sides)
        for kind, value, a, b in rows:
            if not any((place, 1 - side) in sides(b) for place, side in sides(a)):
                identifier = MatchedDocument(kind=kind, value=value)
                yield ConflictDocument(contacts=[a, b], identifier=identifier)

    def separations(self, a: str, b: str) -> list[Recorded]:
        positions = sorted(self._rows.separations(a, b))
        condition = "position IN (SELECT value FROM json_each(?))"
        return list(read_events(self._session, condition, (positions,)))

    def _activity_document(self, row: ActivityRow) -> ActivityDocument:
        contact = self._contact(row.contact_id) if row.contact_id else None
        return activity_document(
            linked_activity(row),
            row.contact_id,
            contact and ("contact" if contact.kind == "contact" else "lead"),
        )

    def _export_document(self, row: ExportRow) -> ExportDocument:
        activity = self._rows.activities.get((row.activity_id,))
        if activity is None:
            raise LookupError(f"activity {row.activity_id} is not in the read models")
        return ExportDocument(
            position=row.number,
            activity=self._activity_document(activity),
            target=self._target(row.integration, row.target),
            moved_from=self._target(row.integration, row.moved_from),
        )

    def _target(self, integration: str, target: str | None) -> TargetDocument | None:
        if target is None:
            return None
        kind, _, external_id = target.partition(" ")
        return TargetDocument(
            integration=integration,
            kind="lead" if kind == "lead" else "contact",
            external_id=external_id,
        )


def holds(contact: ContactDocument, identifier: Identifier) -> bool:
    """Whether a contact holds a phone or an email that matches."""
    points = contact.phones if identifier.kind == "phone" else contact.emails
    return any(each.matchable and each.value == identifier.value for each in points)


def _contact_document(row: ContactRow, state: State | None) -> ContactDocument:
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
        phones=_points(state, "phone"),
        emails=_points(state, "email"),
        attributes=attributes,
        counterparts=[
            CounterpartDocument(
                integration=integration,
                kind="contact" if each.kind == "contact" else "lead",
                external_id=each.external_id,
                updated_at=from_micros(each.updated_at),
            )
            for integration, each in row.counterparts.items()
        ],
        version=row.version,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )


def _points(state: State | None, kind: IdentifierKind) -> list[PointDocument]:
    if not isinstance(state, Contact):
        return []
    return [
        PointDocument(
            value=shown.value,
            written=shown.written,
            matchable=shown.matchable,
            records=list(shown.records),
            by_hand=shown.by_hand,
            label=shown.label,
        )
        for shown in union(state, kind).values()
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
