"""The phones and emails that the records of contacts list, read without the rest of the records.

A contact may have thousands of records. Reading these whole, and validating each, would take most
of the time of showing it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eventsourcing.persistence import DataError
from pydantic_core import from_json

from domain.identifiers import ContactPoint
from domain.shown import Listed
from infrastructure.storage.event_codec import MAPPER
from infrastructure.storage.session import Session
from infrastructure.storage.table import Row

Lists = tuple[list[Listed], list[Listed]]
"""The phones and the emails of the records of a contact."""


def read_lists(session: Session, contact_ids: Sequence[str]) -> Mapping[str, Lists]:
    """What the records of some contacts list now, without what was removed by hand.

    Raises DataError if a record is damaged.
    """
    found: dict[str, Lists] = {each: ([], []) for each in contact_ids}
    if not found:
        return found
    for contact_id, record_id, *stored in session.execute(_LISTS, ([*contact_ids],)):
        try:
            phones, emails = _listed(record_id, stored)
        except (ValueError, TypeError, LookupError) as error:
            raise DataError(f"record {record_id} cannot be read") from error
        found[contact_id][0].extend(phones)
        found[contact_id][1].extend(emails)
    return found


_OF_RECORDS = (
    "SELECT r.contact_id, r.record_id, r.position, r.again, e.topic, e.payload"
    " FROM records r JOIN events e ON e.position = r.position"
)
_LISTS = (
    f"{_OF_RECORDS} WHERE r.contact_id IN (SELECT value FROM json_each(?1))"
    " AND r.contact_id <> r.record_id"
    f" UNION ALL {_OF_RECORDS} WHERE r.record_id IN (SELECT value FROM json_each(?1))"
    " AND r.contact_id = r.record_id"
)
"""The record with the same id as its contact is found by this id."""


def _listed(record_id: str, stored: Row) -> Iterator[list[Listed]]:
    """The phones of a record, and then its emails."""
    position, again, topic, payload = stored
    if again is not None:
        yield from _of_held(record_id, from_json(again))
        return
    record = MAPPER.fields(topic, payload)["record"]
    for kind in ("phones", "emails"):
        yield [
            Listed(position, place, ContactPoint(**point), record_id)
            for place, point in enumerate(record.get(kind) or ())
        ]


def _of_held(record_id: str, held: Mapping[str, Any]) -> Iterator[list[Listed]]:
    """The same of a record that was sent again, as it is stored (see domain/held_records.py)."""
    for kind in ("phones", "emails"):
        points, _ = held.get(kind) or ((), 0)
        yield [
            Listed(held["said"][since][0], place, ContactPoint(**point), record_id)
            for place, (point, since, *hidden) in enumerate(points)
            if hidden != [True]
        ]
