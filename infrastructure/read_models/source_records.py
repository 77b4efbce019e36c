"""The contact that has a record, by the id that its source knows it by."""

from collections.abc import Iterable
from typing import Literal

from domain.records import SourceKey
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import RecordRow

Status = Literal["live", "deleted"]


def last_of_source(rows: WorkingSet, key: SourceKey, status: Status) -> RecordRow | None:
    """The last record of an id in its source that a contact of this status has."""
    known = sorted((each.record_id for each in rows.record_keys.under(key)), reverse=True)
    return first_held(rows, known, status)


def first_held(rows: WorkingSet, record_ids: Iterable[str], status: Status) -> RecordRow | None:
    """The first of some records that a contact of this status has."""
    for each in record_ids:
        row = rows.records.get((each,))
        contact = None if row is None else rows.contacts.get((row.contact_id,))
        if contact is not None and contact.status == status:
            return row
    return None
