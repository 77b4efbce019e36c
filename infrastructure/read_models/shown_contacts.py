"""What contacts show, read without the rest of their records.

A contact may have thousands of records. Reading these whole, and validating each, would take most
of the time of showing it. So only what they list is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from eventsourcing.persistence import DataError
from pydantic_core import from_json

from application.ports import ShownContact
from domain.identifiers import ContactPoint
from domain.shown import Listed, united
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.event_codec import MAPPER
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import ContactRow
from infrastructure.storage.times import from_micros

Lists = tuple[list[Listed], list[Listed]]
"""The phones and the emails of the records of a contact."""


def shown_contacts(
    session: Session, rows: WorkingSet, contact_ids: Sequence[str], *, lists: bool = True
) -> dict[str, ShownContact]:
    """Those of these ids that are live or deleted contacts. Raises DataError.

    `lists`: with their phones and emails.
    """
    found = rows.contacts.those([(each,) for each in contact_ids])
    live = [row.contact_id for row in found if row.status == "live"]
    listed = _read_lists(session, rows.records.source, live) if lists else {}
    return {
        row.contact_id: _shown(row, *listed.get(row.contact_id, ((), ())))
        for row in found
        if row.survivor is None
    }


def _shown(row: ContactRow, phones: Iterable[Listed], emails: Iterable[Listed]) -> ShownContact:
    is_live = row.status == "live"
    return ShownContact(
        contact_id=row.contact_id,
        is_live=is_live,
        shown=row.shown,
        phones=united(phones, "phone", row.by_hand, row.captured) if is_live else {},
        emails=united(emails, "email", row.by_hand, row.captured) if is_live else {},
        version=row.version,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )


def _read_lists(session: Session, records: str, contact_ids: Sequence[str]) -> Mapping[str, Lists]:
    """What the records of some contacts list now, without what was removed by hand.

    `records`: what a query names to read them. Raises DataError if a record is damaged.
    """
    found: dict[str, Lists] = {each: ([], []) for each in contact_ids}
    if not found:
        return found
    for contact_id, record_id, position, again, topic, payload in session.execute(
        _lists(records), ([*contact_ids],)
    ):
        phones, emails = found[contact_id]
        try:
            if again is not None:
                held = from_json(again)
                phones += _of_held(record_id, held, "phones")
                emails += _of_held(record_id, held, "emails")
                continue
            record = MAPPER.listed(topic, payload)
            for place, point in enumerate(record.phones or ()):
                phones.append((position, place, point, record_id))
            for place, point in enumerate(record.emails or ()):
                emails.append((position, place, point, record_id))
        except (ValueError, TypeError, LookupError) as error:
            raise DataError(f"record {record_id} cannot be read") from error
    return found


def _lists(records: str) -> str:
    """The query of what is listed. The record with its contact's id is found by this id."""
    listed = (
        "SELECT r.contact_id, r.record_id, r.position, r.again, e.topic, e.payload"
        f" FROM {records} r LEFT JOIN events e ON e.position = r.position WHERE"
    )
    return (
        f"{listed} r.contact_id IN (SELECT value FROM json_each(?1))"
        " AND r.contact_id <> r.record_id"
        f" UNION ALL {listed} r.record_id IN (SELECT value FROM json_each(?1))"
        " AND r.contact_id = r.record_id"
    )


def _of_held(record_id: str, held: Mapping[str, Any], kind: str) -> Iterator[Listed]:
    """What a record lists that was sent again, as it is stored (see domain/held_records.py)."""
    for place, (point, since, *hidden) in enumerate((held.get(kind) or ((), 0))[0]):
        if hidden != [True]:
            yield held["said"][since][0], place, ContactPoint(**point), record_id
