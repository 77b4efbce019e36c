"""What is or was connected in an account."""

from collections.abc import Collection, Iterable

from domain.events import Recorded
from domain.identifiers import Identifier
from domain.mentions import import_of_row
from domain.phones import with_extensions
from domain.records import SourceKey
from infrastructure.read_models.separation_rows import later_ids
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.stored_rows import IdentifierRow

_AT_ONCE = 2_000
"""How many events are read together in the search for the rows of an import."""


class LogThreads:
    """What is or was connected in an account, by its rows (see application.ports.Threads).

    For this, rows of the match index stay even after they have no holders.
    """

    def __init__(self, rows: WorkingSet, session: Session) -> None:
        self._rows = rows
        self._session = session

    def events_of(self, streams: Collection[str]) -> list[Recorded]:
        among = "stream IN (SELECT value FROM json_each(?))"
        return list(read_events(self._session, among, ([*streams],)))

    def events_after(self, position: int) -> Iterable[Recorded]:
        return read_events(self._session, "position > ?", (position,))

    def rows_of(self, import_id: str, *, after: int, limit: int) -> list[Recorded]:
        rows: list[Recorded] = []
        while some := list(read_events(self._session, "position > ?", (after,), _AT_ONCE)):
            after = some[-1].position
            rows += [each for each in some if import_of_row(each) == import_id]
            if len(rows) >= limit:
                break
        return rows[:limit]

    def count_absorbed(self, contact_ids: Collection[str]) -> int:
        return self._rows.count_absorbed(contact_ids)

    def known(self, contact_ids: Iterable[str]) -> list[str]:
        keys = [(each,) for each in dict.fromkeys(contact_ids)]
        return [row.contact_id for row in self._rows.contacts.those(keys)]

    def led_to(self, contact_ids: Collection[str]) -> list[str]:
        contacts = self._rows.contacts.those([(each,) for each in contact_ids])
        now = [row.survivor for row in contacts if row.survivor is not None]
        merges = self._rows.merges.where_in("absorbed", contact_ids)
        leading = self._rows.contacts.where_in("survivor", contact_ids)
        return [
            *now,
            *(merge.survivor for merge in merges),
            *(contact.contact_id for contact in leading),
        ]

    def linked_to(self, contact_ids: Collection[str]) -> list[str]:
        past = self._rows.past_links.under_each((each,) for each in contact_ids)
        now = self._rows.activities.where_in("linked_to", contact_ids)
        return [*(each.activity_id for each in past), *(each.activity_id for each in now)]

    def known_as(self, keys: Collection[SourceKey]) -> list[str]:
        return [row.record_id for row in self._rows.record_keys.under_each(keys)]

    def later_ids(self, ids: Collection[str]) -> list[str]:
        return later_ids(self._rows, ids)

    def holding(self, identifiers: Collection[Identifier]) -> list[str]:
        rows = self._rows.identifiers.under_each(identifiers)
        for number in _phones(identifiers):
            rows += self.with_extension(number)
        return [row.contact_id for row in rows]

    def with_extension(self, number: Identifier) -> list[IdentifierRow]:
        """The rows of the match index of a number with an extension."""
        return self._rows.identifiers.where(
            "kind = ? AND value > ? AND value < ?", number.kind, *with_extensions(number.value)
        )

    def calling(self, identifiers: Collection[Identifier]) -> list[str]:
        numbers = _phones(identifiers)
        activities = self._rows.activities
        rows = activities.where_in("number", [each.value for each in numbers])
        for number in numbers:
            limits = with_extensions(number.value)
            rows += activities.where("number > ? AND number < ?", *limits)
        return [row.activity_id for row in rows]


def _phones(identifiers: Iterable[Identifier]) -> list[Identifier]:
    return [each for each in identifiers if each.kind != "email"]
