"""What happened on each day (UTC), counted by source and outcome.

What changed nothing, and rejected rows, are not in the log, so they are not counted. A call that is
moved, a lead that is captured, and what an undo changes follow from something that is.
"""

from datetime import datetime

from domain import events
from domain.events import Event
from infrastructure.read_models.tallies import Tallies

_BY_A_PERSON = {
    events.ContactEdited: "edited",
    events.ContactDeleted: "deleted",
    events.ContactRestored: "restored",
    events.AttentionSettled: "settled",
    events.MergeSettingsChanged: "settings_changed",
    events.CallAssigned: "call_assigned",
    events.CallLinked: "call",
    events.MessageLinked: "message",
}
"""What is no record of a source: its outcome."""


def count_by_day(  # noqa: C901 - one case an event
    tallies: Tallies, at: datetime, event: Event
) -> None:
    """Count an event, if a source or a person did it."""
    match event:
        case events.ContactImported(record=record):
            tallies.happened(at, "created", record.source, record.integration)
        case events.ContactsMerged(caused_by=str()):
            pass
        case events.ContactsMerged(record=record) if record is not None:
            tallies.happened(at, "merged", record.source, record.integration)
        case events.ContactsMerged(brought=brought, brings=str()) if brought is not None:
            for held in brought.records:  # one, and its message was counted as an update before
                tallies.happened(at, "merged", held.source, held.integration)
                tallies.happened(at, "updated", held.source, held.integration, -1)
        case events.ContactsMerged():
            tallies.happened(at, "merged_by_hand")
        case events.RecordUpdated(record=record):
            tallies.happened(at, "updated", record.source, record.integration)
        case events.MergeUndone(caused_by=None):
            tallies.happened(at, "undone")
        case events.ContactsSeparated(because_of=None):
            tallies.happened(at, "separated")
        case _:
            if outcome := _BY_A_PERSON.get(type(event)):
                tallies.happened(at, outcome)
