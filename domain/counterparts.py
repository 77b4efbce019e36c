"""Counterparts: which CRM record an activity is exported to.

For each integration a contact has one current counterpart: its record there that was updated most
recently. What was exported to one stays there until the activity comes to another contact, or the
record is taken back; that another record became the most recent re-exports nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from domain.held_records import HeldRecord, wins
from domain.records import RecordKind


class Counterpart(NamedTuple):
    """A contact's record of an integration that was updated most recently, and when."""

    record_id: str
    kind: RecordKind
    external_id: str
    updated_at: datetime
    position: int

    @property
    def order(self) -> tuple[datetime, int]:
        """What "most recently" compares."""
        return self.updated_at, self.position


Counterparts = Mapping[str, Counterpart]
"""The current counterparts of a contact by integration, in the order of their names."""


def counterpart(record: HeldRecord) -> Counterpart:
    """A record as a counterpart: it counts as updated when its newest message says so."""
    return Counterpart(record.record_id, record.kind, record.external_id or "", *record.last_said)


def with_counterpart(
    known: Counterparts, integration: str | None, candidate: Counterpart
) -> Counterparts:
    """The counterparts once one more record is there, or says something else.

    `integration`: of the record; None where it comes from another source.
    """
    if integration is None or not wins(candidate, known.get(integration)):
        return known
    return dict(sorted({**known, integration: candidate}.items()))
