"""Counterparts: which CRM record an activity is exported to.

For each integration a contact has one current counterpart: its most recently updated record there.
An exported activity stays with its counterpart until it moves to another contact or the record is
taken back. When another record becomes the most recent one, nothing is exported again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.held_records import HeldRecord, Order, wins
from domain.records import RecordKind


class Counterpart(NamedTuple):
    """A contact's record of an integration that was updated most recently, and when."""

    record_id: str
    kind: RecordKind
    external_id: str
    order: Order


Counterparts = Mapping[str, Counterpart]
"""The current counterparts of a contact by integration, ordered by name."""


def counterpart(record: HeldRecord) -> Counterpart:
    """A record as a counterpart, updated at the time of its newest message."""
    return Counterpart(record.record_id, record.kind, record.external_id or "", record.last_said)


def with_counterpart(
    known: Counterparts, integration: str | None, candidate: Counterpart
) -> Counterparts:
    """The counterparts after a record was added or changed. `integration`: its own, if any."""
    if integration is None or not wins(candidate, known.get(integration)):
        return known
    return dict(sorted({**known, integration: candidate}.items()))
