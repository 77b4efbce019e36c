"""Counterparts: which CRM record an activity is exported to.

For each integration a contact has one current counterpart: its record there that was updated most
recently. What was exported to one stays there until the activity comes to another contact, or the
record is taken back; that another record became the most recent re-exports nothing.
"""

from collections.abc import Iterable

from domain.held_records import HeldRecord


def counterparts(records: Iterable[HeldRecord]) -> dict[str, HeldRecord]:
    """The current counterpart by integration, of a contact with these records."""
    newest: dict[str, HeldRecord] = {}
    for record in records:
        if record.integration is not None:
            known = newest.get(record.integration)
            if known is None or record.last_said >= known.last_said:
                newest[record.integration] = record
    return dict(sorted(newest.items()))
