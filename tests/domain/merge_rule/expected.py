"""The events that tests expect, with everything that is recorded, in the order of reading."""

from collections.abc import Sequence

from domain.decisions import Because, Decision, DecisionRule
from domain.events import ContactImported, ContactsMerged, RecordUpdated, RecordWithdrawn
from domain.identifiers import Identifier
from domain.matching import LostBecause, Seen
from domain.records import Record
from tests.messages import ADMIN, JOHN, phone


def imported(
    contact_id: str,
    record: Record,
    *,
    rule: DecisionRule,
    because: Because,
    lost: dict[str, LostBecause] | None = None,
    settings_version: int = 1,
) -> ContactImported:
    """A record became a contact, and why it did not merge."""
    decision = Decision(
        rule=rule,
        because=because,
        candidates=tuple(Seen(key, why) for key, why in (lost or {}).items()),
        settings_version=settings_version,
    )
    return ContactImported(stream=contact_id, record=record, decision=decision, by=ADMIN)


def merged(
    survivor: str,
    absorbed: str,
    record: Record,
    *,
    rule: DecisionRule,
    because: Because,
    matched: Sequence[Identifier],
    lost: dict[str, LostBecause] | None = None,
    settings_version: int = 1,
) -> ContactsMerged:
    """A record merged into a contact, and why there."""
    decision = Decision(
        rule=rule,
        because=because,
        matched=tuple(matched),
        candidates=(
            Seen(survivor),
            *(Seen(key, why) for key, why in (lost or {}).items()),
        ),
        settings_version=settings_version,
    )
    return ContactsMerged(
        stream=survivor,
        merge_id=f"m{absorbed.removeprefix('c')}",
        absorbed=absorbed,
        record=record,
        decision=decision,
        by=ADMIN,
    )


def merged_by_phone(
    survivor: str, absorbed: str, record: Record, lost: dict[str, LostBecause] | None = None
) -> ContactsMerged:
    """The same by the rule `phone`, which John's number met."""
    return merged(
        survivor,
        absorbed,
        record,
        rule="phone",
        because="phone_matched",
        matched=[phone(JOHN)],
        lost=lost,
    )


def updated(contact_id: str, record_id: str, record: Record, brings: str) -> RecordUpdated:
    """A source sent its record again, with something new."""
    return RecordUpdated(
        stream=contact_id, record_id=record_id, record=record, by=ADMIN, brings=brings
    )


def withdrawn(contact_id: str, record_id: str) -> RecordWithdrawn:
    """A source took its record back."""
    return RecordWithdrawn(stream=contact_id, record_id=record_id, by=ADMIN)
