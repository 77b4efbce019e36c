"""Record a call or a message and link it to the contact or lead that holds its number."""

from typing import NamedTuple

from application.commands.link_activities import take_activity
from application.ports import AccountLog
from application.refusals import Conflict, Invalid
from domain.activities import ActivitySent, Call, is_same, read_activity, stream_of
from domain.records import ValueRefused, wrong_in

LONGEST_ID = 200
"""The largest number of characters in the id of an activity."""


class Taken(NamedTuple):
    """An activity's id, and whether it is new."""

    activity_id: str
    is_new: bool


def record_activity(
    log: AccountLog, sent: ActivitySent, *, activity_id: str | None = None, by: str
) -> Taken:
    """Record a call or a message and link it. The same id twice is one activity.

    `activity_id`: its own id; None: it gets a new one. Raises Invalid, which names the field;
    Conflict if another activity has the id.
    """
    if activity_id is not None:
        wrong = wrong_in(activity_id, LONGEST_ID)
        if wrong is not None or not activity_id.strip():
            raise Invalid("id", wrong or "is blank")
    with log.writing() as work:
        try:
            activity = read_activity(sent, region=work.settings.default_region, now=work.now)
        except ValueRefused as refused:
            raise Invalid(refused.field, refused.reason) from None
        lead_id = work.new_id()
        activity_id = activity_id or work.new_id()
        stream = stream_of(activity_id)
        known = work.activity(stream)
        if known is None:
            take_activity(work, activity, activity_id=stream, lead_id=lead_id, by=by)
        elif not is_same(known.activity, activity):
            kind = "call" if isinstance(known.activity, Call) else "message"
            raise Conflict(f"id: `{activity_id}` is already the id of another {kind}")
        return Taken(activity_id, is_new=known is None)
