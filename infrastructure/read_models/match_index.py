"""The match index, and which phones and emails several contacts hold."""

from infrastructure.read_models.rows import Rows
from infrastructure.storage.stored_rows import IdentifierRow
from infrastructure.storage.tables import HELD_BY_SEVERAL

_TABLE = HELD_BY_SEVERAL.name
_HOLDERS = (
    "(SELECT count(*) FROM (SELECT 1 FROM {schema}.identifiers i WHERE i.kind = ?1"
    " AND i.value = {value} AND i.holders > 0 LIMIT 2) two)"
)
_NOTE = (
    f"INSERT INTO {{schema}}.{_TABLE} (kind, value) SELECT ?1, v.value FROM json_each(?2) v"
    f" WHERE {_HOLDERS.replace('{value}', 'v.value')} = 2 ON CONFLICT DO NOTHING"
)
_FORGET = (
    f"DELETE FROM {{schema}}.{_TABLE} WHERE kind = ?1"
    " AND value IN (SELECT value FROM json_each(?2))"
    f" AND {_HOLDERS.replace('{value}', f'{_TABLE}.value')} < 2"
)


class MatchIndex(Rows[IdentifierRow]):
    """The rows of the match index. What several contacts hold is noted when they are written.

    So a list of conflicts does not look through all that anybody holds.
    """

    def flush(self) -> None:
        if self._over is not None:
            super().flush()
            return  # what is only looked at lists no conflicts
        changed = [row for row in self._changed.values() if row is not None]
        super().flush()
        for kind in ("email", "phone"):
            rows = [row for row in changed if row.kind == kind]
            held = [row.value for row in rows if row.holders and not self._is_alone(row)]
            left = [row.value for row in rows if not row.holders]
            for statement, values in ((_NOTE, held), (_FORGET, left)):
                if values:
                    self._session.execute(statement.format(schema=self._schema), (kind, values))

    def _is_alone(self, row: IdentifierRow) -> bool:
        """Whether it is known that no other contact ever held it."""
        identifier = row[: self._prefix]
        return identifier in self._complete and len(self._parts[identifier]) == 1
