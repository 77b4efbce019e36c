"""Activities: the calls and messages of an account, as they arrive.

An activity's number is read once, when it arrives, like any phone. If it is not an identifier (a
withheld number, a sender such as `AMAZON`), the activity belongs to nobody.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from domain.identifiers import ContactPoint, Identifier, phone_identifier
from domain.phone_texts import MAX_LENGTH, is_blank
from domain.phones import read_caller, spells_a_word
from domain.records import MAX_TEXT, ValueRefused, check_text
from domain.value import Value, replace

Direction = Literal["inbound", "outbound"]
CallStatus = Literal["answered", "missed", "voicemail"]
ActivityType = Literal["call", "message"]
LinkedBy = Literal["number", "most_recent", "new_lead", "assigned", "withheld"]

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours another system's clock may be."""
WITHHELD = "withheld"
"""The label of a number that spells that the real one is withheld."""
LONGEST_CALL = 7 * 24 * 3600
"""The longest duration of a call, in seconds."""


class Call(Value, frozen=True, kw_only=True):
    """A call. `number`: the other side's, None if it is withheld."""

    direction: Direction
    number: ContactPoint | None = None
    status: CallStatus
    started_at: datetime
    duration_seconds: int = 0
    agent: str | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.started_at


class Message(Value, frozen=True, kw_only=True):
    """A message (SMS). `number`: the other side's, None if it is withheld."""

    direction: Direction
    number: ContactPoint | None = None
    text: str
    sent_at: datetime
    agent: str | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.sent_at


Activity = Call | Message


class CallSent(Value, frozen=True, kw_only=True):
    """A call as a phone system sends it: its number as written, nothing checked."""

    direction: Direction
    number: str | None = None
    status: CallStatus
    started_at: datetime
    duration_seconds: int = 0
    agent: str | None = None


class MessageSent(Value, frozen=True, kw_only=True):
    """A message as a phone system sends it: its number as written, nothing checked."""

    direction: Direction
    number: str | None = None
    text: str
    sent_at: datetime
    agent: str | None = None


ActivitySent = CallSent | MessageSent

_STREAM = "activity:"


def stream_of(activity_id: str) -> str:
    """The stream of an activity. Its id comes from another system and may be any text."""
    return f"{_STREAM}{activity_id}"


def id_of(stream: str) -> str:
    """The id of an activity, from its stream."""
    return stream.removeprefix(_STREAM)


def is_same(one: Activity, other: Activity) -> bool:
    """Whether two activities are the same; numbers are compared as written, not as read."""
    written = [each.number.written if each.number else None for each in (one, other)]
    return written[0] == written[1] and replace(one, number=None) == replace(other, number=None)


def called(activity: Activity) -> Identifier | None:
    """The identifier that links an activity, or None."""
    number = activity.number
    if number is None or number.canonical is None:
        return None
    return phone_identifier(number.canonical)


def spells_withheld(activity: Activity) -> bool:
    """Whether its number only spells a word such as ANONYMOUS on the keys of a telephone."""
    return activity.number is not None and activity.number.label == WITHHELD


def read_activity(sent: ActivitySent, *, region: str | None, now: datetime) -> Activity:
    """Read what a phone system sends. `region`: that of local numbers. Raises ValueRefused."""
    if isinstance(sent, CallSent):
        duration = sent.duration_seconds
        if duration < 0:
            raise ValueRefused("duration_seconds", f"must be 0 or more, not {duration}")
        if duration > LONGEST_CALL:
            most = f"{LONGEST_CALL} seconds, a week"
            raise ValueRefused("duration_seconds", f"must be at most {most}")
        return Call(
            direction=sent.direction,
            number=_read_number(sent.number, region),
            status=sent.status,
            started_at=_read_time("started_at", sent.started_at, now),
            duration_seconds=duration,
            agent=_read_agent(sent.agent),
        )
    check_text("text", sent.text, MAX_TEXT)
    return Message(
        direction=sent.direction,
        number=_read_number(sent.number, region),
        text=sent.text,
        sent_at=_read_time("sent_at", sent.sent_at, now),
        agent=_read_agent(sent.agent),
    )


def _read_number(number: str | None, region: str | None) -> ContactPoint | None:
    """Read a number. Null, blank or words mean that it is withheld; words are kept."""
    if number is None or is_blank(number):
        return None
    check_text("number", number, MAX_LENGTH)
    label = WITHHELD if spells_a_word(number, region) else None
    return ContactPoint(number, read_caller(number, region), label)


def _read_time(field: str, time: datetime, now: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueRefused(field, "needs a time zone offset")
    if time > now + CLOCKS_DIFFER:
        raise ValueRefused(field, f"{time.isoformat()} is in the future")
    if time.year < 1970:
        raise ValueRefused(field, f"{time.isoformat()} is before 1970")
    return time.astimezone(UTC)


def _read_agent(agent: str | None) -> str | None:
    check_text("agent", agent, MAX_LENGTH)
    return None if agent is None or is_blank(agent) else agent.strip()
