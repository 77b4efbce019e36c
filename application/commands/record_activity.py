"""Record calls and messages."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from application.commands.link_activities import take_activity
from application.ports import AccountLog, Work
from application.refusals import Conflict, Invalid
from domain.activities import (
    Activity,
    ActivityRefused,
    Call,
    CallStatus,
    Direction,
    Message,
    is_same,
    read_call,
    read_message,
    stream_of,
)
from domain.records import check_text

LONGEST_ID = 200
"""The most characters that the id of an activity may have."""


class Taken(NamedTuple):
    """An activity's id, and whether it is new."""

    activity_id: str
    is_new: bool


def record_call(
    log: AccountLog,
    *,
    activity_id: str | None = None,
    direction: Direction,
    number: str | None,
    status: CallStatus,
    started_at: datetime,
    duration_seconds: int,
    agent: str | None = None,
    by: str,
) -> Taken:
    """Record a call and link it. The same id twice is one call.

    Raises Refused where a field cannot be taken, Conflict where the id is another call's.
    """

    def read(work: Work) -> Call:
        return read_call(
            direction=direction,
            number=number,
            status=status,
            started_at=started_at,
            duration_seconds=duration_seconds,
            agent=agent,
            region=work.settings.default_region,
            now=work.now,
        )

    return _record(log, activity_id, read, by)


def record_message(
    log: AccountLog,
    *,
    activity_id: str | None = None,
    direction: Direction,
    number: str | None,
    text: str,
    sent_at: datetime,
    agent: str | None = None,
    by: str,
) -> Taken:
    """Record a message and link it, as a call."""

    def read(work: Work) -> Message:
        return read_message(
            direction=direction,
            number=number,
            text=text,
            sent_at=sent_at,
            agent=agent,
            region=work.settings.default_region,
            now=work.now,
        )

    return _record(log, activity_id, read, by)


def _record(
    log: AccountLog, activity_id: str | None, read: Callable[[Work], Activity], by: str
) -> Taken:
    if activity_id is not None:
        wrong = check_text(activity_id, LONGEST_ID)
        if wrong is not None or not activity_id.strip():
            raise Invalid("id", wrong or "is blank")
    with log.writing() as work:
        try:
            activity = read(work)
        except ActivityRefused as refused:
            raise Invalid(refused.field, refused.reason) from None
        lead_id = work.new_id()
        activity_id = activity_id or work.new_id()
        known = work.activity(stream_of(activity_id))
        if known is not None:
            if not is_same(known.activity, activity):
                kind = "call" if isinstance(known.activity, Call) else "message"
                raise Conflict(f"id: `{activity_id}` is another {kind}'s")
            return Taken(activity_id, is_new=False)
        stream = stream_of(activity_id)
        take_activity(work, activity, activity_id=stream, lead_id=lead_id, by=by)
        return Taken(activity_id, is_new=True)
