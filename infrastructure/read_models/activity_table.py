"""The table of calls and messages: all that a contact has can be read and moved together."""

from eventsourcing.persistence import DataError

from infrastructure.read_models.rows import RowsByKey
from infrastructure.storage.json_values import as_text
from infrastructure.storage.stored_rows import ActivityRow, Target
from infrastructure.storage.tables import read_targets


class ActivityTable(RowsByKey[ActivityRow]):
    """The rows of calls and messages. Those of one contact may be many thousands."""

    def oldest_of(self, contact_id: str, limit: int | None) -> list[ActivityRow]:
        """The activities of a contact that happened first, or all of them."""
        self.flush()
        keys = self._session.execute(
            f"SELECT activity_id FROM {self.source} t WHERE contact_id = ?"
            " ORDER BY at, activity_id LIMIT ?",
            (contact_id, 1 << 62 if limit is None else limit),
        ).fetchall()
        return self.those(keys)

    def first_of(self, contact_id: str) -> list[ActivityRow]:
        """The first that arrived with each number, of each contact that they are assigned to."""
        self.flush()
        positions = self._session.execute(
            f"SELECT min(position) FROM {self.source} t"
            " WHERE contact_id = ? AND number IS NOT NULL GROUP BY number, assigned",
            (contact_id,),
        ).fetchall()
        streams = self._session.execute(
            "SELECT stream FROM events WHERE position IN (SELECT value FROM json_each(?))",
            ([position for (position,) in positions],),
        ).fetchall()
        return self.those(streams)

    def count_of(self, contact_id: str) -> int:
        """How many activities a contact has."""
        self.flush()
        row = self._session.execute(
            f"SELECT count(*) FROM {self.source} t WHERE contact_id = ?", (contact_id,)
        ).fetchone()
        return int(row[0])

    def targets_of(self, contact_id: str) -> list[tuple[str, dict[str, Target]]]:
        """Each activity of a contact, in order of their ids, with its targets.

        The activities themselves, which the log has, are not read.
        """
        self.flush()
        stored = self._session.execute(
            f"SELECT activity_id, targets FROM {self.source} t WHERE contact_id = ?"
            " ORDER BY activity_id",
            (contact_id,),
        ).fetchall()
        read: dict[str | None, dict[str, Target]] = {None: {}}
        try:
            read |= {text: read_targets(text) for text in {text for _, text in stored} - {None}}
        except (ValueError, TypeError) as error:
            raise DataError(f"a row of activities is damaged: {error}") from error
        return [(activity_id, read[text]) for activity_id, text in stored]

    def move_all(
        self, activity_ids: list[str], before: str, after: str, targets: dict[str, Target]
    ) -> None:
        """Move all activities of one contact to another one, where all have the same targets."""
        if self._over is not None:
            for row in self.those([(each,) for each in activity_ids]):
                self.put(row._replace(contact_id=after, targets=targets))
            return
        self.flush()
        self._session.execute(
            f"UPDATE {self.source} SET contact_id = ?, targets = ? WHERE contact_id = ?",
            (after, as_text(targets) if targets else None, before),
        )
        for each in activity_ids:
            if (known := self._known.get((each,))) is not None:
                self._known[(each,)] = known._replace(contact_id=after, targets=targets)
