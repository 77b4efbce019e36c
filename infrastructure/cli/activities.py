"""The commands about calls and messages: record, assign, list, export."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from application.commands.assign_call import assign_call
from application.commands.record_activity import record_activity
from application.ports import AccountLog, Reading
from application.reads.activities import contact_activities, show_activity
from application.reads.exports import export_feed
from application.reads.names import names_of
from application.reads.paging import PAGE
from application.reads.who_calls import who_calls
from domain.activities import CallSent, CallStatus, Direction, MessageSent
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.one_contact import print_caller
from infrastructure.cli.options import BY, Contact, Cursor, Limit

commands = Commands()


def _a_time(written: str) -> datetime:
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise typer.BadParameter(
            f"`{written}` is not a time with a time zone offset, such as 2024-05-01T12:00:00Z"
        )
    return time


_Id = Annotated[
    str | None,
    typer.Option("--id", help="Its own id; the same id again is the same one. Default: a new id."),
]
_Direction = Annotated[
    Direction, typer.Option(help="Who began it: the other side (inbound) or us (outbound).")
]
_Number = Annotated[
    str | None, typer.Option(help="The other side's number; leave it out if it is withheld.")
]
_At = Annotated[
    datetime | None,
    typer.Option(
        parser=_a_time,
        metavar="<str>",
        help="When, with a time zone offset: 2024-05-01T12:00:00Z. Default: now.",
    ),
]
_Agent = Annotated[str | None, typer.Option(help="The agent who took or made it.")]


@commands.changes
def call(
    log: AccountLog,
    direction: _Direction,
    status: Annotated[CallStatus, typer.Option(help="How the call ended.")],
    number: _Number = None,
    at: _At = None,
    seconds: Annotated[int, typer.Option(help="How long it lasted, in seconds.")] = 0,
    agent: _Agent = None,
    id_: _Id = None,
) -> output.Answer:
    """Record a call: it is linked to its contact, or a lead is captured for its number.

    Example: contact-merging call --direction inbound --status missed
    """
    sent = CallSent(
        direction=direction,
        number=number,
        status=status,
        started_at=at or datetime.now(UTC),
        duration_seconds=seconds,
        agent=agent,
    )
    return _shown(log, record_activity(log, sent, activity_id=id_, by=BY).activity_id)


@commands.changes
def message(
    log: AccountLog,
    direction: _Direction,
    text: Annotated[str, typer.Option(help="The text of the message.")],
    number: _Number = None,
    at: _At = None,
    agent: _Agent = None,
    id_: _Id = None,
) -> output.Answer:
    """Record a message (SMS): it is linked to its contact like a call.

    Example: contact-merging message --direction outbound --text "At nine."
    """
    sent = MessageSent(
        direction=direction, number=number, text=text, sent_at=at or datetime.now(UTC), agent=agent
    )
    return _shown(log, record_activity(log, sent, activity_id=id_, by=BY).activity_id)


@commands.changes
def assign(
    log: AccountLog,
    call: Annotated[str, typer.Argument(help="The id of a call.")],
    contact: Contact,
) -> output.Answer:
    """Assign a call to a contact by hand; no rule moves it after that.

    Example: contact-merging assign call-1 06h0k5wqky
    """
    assign_call(log, call, contact, by=BY)
    return _shown(log, call)


def _shown(log: AccountLog, activity_id: str) -> output.Answer:
    with log.reading() as reading:
        activity = show_activity(reading, activity_id)
        names = names_of(reading, [each for each in (activity.contact_id,) if each])
    return output.Answer(activity, lambda: output.print_activities([activity], names))


@commands.lists
def activities(
    reading: Reading, contact: Contact, limit: Limit = PAGE, cursor: Cursor = None
) -> output.Answer:
    """List a contact's calls and messages, newest first.

    Example: contact-merging activities 06h0k5wqky --limit 10
    """
    page = contact_activities(reading, contact, limit=limit, cursor=cursor)
    names = names_of(reading, {each.contact_id for each in page.items if each.contact_id})
    return output.of_page(page, lambda items: output.print_activities(items, names))


@commands.reads
def who(
    reading: Reading,
    number: Annotated[str, typer.Argument(help="A phone, in any spelling.")],
) -> output.Answer:
    """Say to whom a call from a number would go, and why.

    Example: contact-merging who 319-555-5677
    """
    document = who_calls(reading, number)
    return output.Answer(document, lambda: print_caller(document))


@commands.lists
def exports(
    reading: Reading,
    integration: Annotated[str | None, typer.Option(help="Only those of this integration.")] = None,
    limit: Limit = PAGE,
    after: Annotated[int, typer.Option(help="The position after which to begin.")] = 0,
) -> output.Answer:
    """Show the export feed: to which record of an integration each call and message goes.

    Example: contact-merging exports --integration hubspot --after 100
    """
    page = export_feed(reading, integration=integration, after=after, limit=limit)
    return output.of_page(page, output.print_exports)
