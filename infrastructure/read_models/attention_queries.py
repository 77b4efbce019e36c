"""Reads of what somebody should look at, what happened on each day, and what changed last."""

from collections.abc import Mapping
from typing import Literal, cast

from application.ports import Attended, AttendedPlace, DayCount, TroubledJob
from domain.identifiers import Identifier, IdentifierKind
from infrastructure.read_models.queries import LogReading
from infrastructure.storage.jobs import jobs_to_look_at
from infrastructure.storage.tables import ATTENTION


class AttentionReading(LogReading):
    """One snapshot of an account, complete (see application.ports.Reading)."""

    def count_kinds(self) -> Mapping[Literal["contact", "lead", "deleted"], int]:
        live = self.count_contacts()
        leads, deleted = (
            self._count("contacts", condition)
            for condition in ("status = 'live' AND kind = 'lead'", "status = 'deleted'")
        )
        return {"contact": live - leads, "lead": leads, "deleted": deleted}

    def count_merges(self) -> tuple[int, int]:
        undone = self._count("merges", "undone_at IS NOT NULL")
        return self._count("merges", "true") - undone, undone

    def _count(self, table: str, condition: str) -> int:
        query = f"SELECT count(*) FROM {table} WHERE {condition}"
        (number,) = self._session.execute(query).fetchone()
        return int(number)

    def last_position(self) -> int:
        (position,) = self._session.execute("SELECT max(position) FROM events").fetchone()
        return int(position or 0)

    def streams_after(self, position: int, *, limit: int) -> list[str]:
        found = self._session.execute(
            "SELECT DISTINCT stream FROM events WHERE position > ? LIMIT ?", (position, limit)
        )
        return [stream for (stream,) in found]

    def attended(
        self, *, before: AttendedPlace, called: bool, limit: int
    ) -> list[tuple[AttendedPlace, Attended]]:
        columns = ", ".join(f"a.{column}" for column in ATTENTION.columns)
        found = self._session.execute(
            f"SELECT c.calls, {columns} FROM called c JOIN attention a"
            " ON a.contact_id = c.contact_id AND a.contact_id IS NOT NULL"
            " WHERE (c.calls, c.contact_id) <= (?1, ?2)"
            " AND (c.calls, c.contact_id, a.identifier, a.item) < (?1, ?2, ?3, ?4)"
            f"{' AND c.calls > 0' if called else ''}"
            " ORDER BY c.calls DESC, c.contact_id DESC, a.identifier DESC, a.item DESC LIMIT ?5",
            (*before, limit),
        ).fetchall()
        items = [(calls, ATTENTION.read(tuple(row))) for calls, *row in found]
        recorded = self._recorded(sorted({row.position for _, row in items}))
        merges = [row.item for _, row in items if not row.identifier]
        made = self._merges(self._rows.merges.those([(each,) for each in merges]))
        by_id = {each.event.merge_id: each for each in made}
        return [
            (
                (calls, row.contact_id or "", row.identifier, row.item),
                Attended(
                    row.item,
                    Identifier(cast("IdentifierKind", row.identifier), row.item)
                    if row.identifier
                    else None,
                    row.contact_id or "",
                    calls,
                    recorded[row.position].at,
                    row.names,
                    by_id.get(row.item),
                ),
            )
            for calls, row in items
        ]

    def troubled_jobs(self, *, before: str, limit: int) -> list[TroubledJob]:
        return [
            TroubledJob(
                job.id,
                job.kind,
                job.options.get("file"),
                job.result.get("rejected", 0),
                job.error,
                job.ended_at or job.begun_at,
            )
            for job in jobs_to_look_at(self._session, before, limit)
        ]

    def days(self, *, before: tuple[str, str, str, str], limit: int) -> list[DayCount]:
        found = self._session.execute(
            "SELECT day, source, integration, outcome, number FROM days"
            " WHERE (day, source, integration, outcome) < (?, ?, ?, ?)"
            " ORDER BY day DESC, source DESC, integration DESC, outcome DESC LIMIT ?",
            (*before, limit),
        )
        return [DayCount(*row) for row in found]
