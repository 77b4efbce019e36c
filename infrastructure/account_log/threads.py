"""What is or was connected in an account (see application.ports.Threads).

For this, rows of the match index stay even after they have no holders.
"""

from collections.abc import Iterable, Sequence

from domain.events import Recorded
from domain.identifiers import Identifier, with_extensions
from domain.records import SourceKey
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.stored_rows import IdentifierRow


class LogThreads:
    """Follows the rows of the read models."""

    def __init__(self, rows: WorkingSet, session: Session) -> None:
        self._rows = rows
        self._session = session

    def events_of(self, streams: Sequence[str]) -> list[Recorded]:
        among = "stream IN (SELECT value FROM json_each(?))"
        return list(read_events(self._session, among, ([*streams],)))

    def known(self, contact_ids: Iterable[str]) -> list[str]:
        contacts = self._rows.contacts
        return [each for each in dict.fromkeys(contact_ids) if contacts.get((each,)) is not None]

    def led_to(self, contact_id: str) -> list[str]:
        row = self._rows.contacts.get((contact_id,))
        merges = self._rows.merges.where("absorbed = ?", contact_id)
        now = [row.survivor] if row is not None and row.survivor is not None else []
        return [*now, *(merge.survivor for merge in merges)]

    def linked_to(self, contact_id: str) -> list[str]:
        past = self._rows.past_links.under((contact_id,))
        now = self._rows.activities.where("linked_to = ?", contact_id)
        return [*(each.activity_id for each in past), *(each.activity_id for each in now)]

    def known_as(self, key: SourceKey) -> list[str]:
        return [row.record_id for row in self._rows.record_keys.under(key)]

    def holding(self, identifier: Identifier) -> list[str]:
        rows = self._rows.identifiers.under(identifier)
        if identifier.kind == "phone":
            rows += self.with_extension(identifier)
        return [row.contact_id for row in rows]

    def with_extension(self, number: Identifier) -> list[IdentifierRow]:
        """The rows of the match index of a number with an extension."""
        return self._rows.identifiers.where(
            "kind = 'phone' AND value > ? AND value < ?", *with_extensions(number.value)
        )

    def calling(self, identifier: Identifier) -> list[str]:
        if identifier.kind != "phone":
            return []
        activities = self._rows.activities
        rows = activities.where("number = ?", identifier.value)
        rows += activities.where("number > ? AND number < ?", *with_extensions(identifier.value))
        return [row.activity_id for row in rows]
