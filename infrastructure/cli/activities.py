"""The commands about calls and messages: record, assign, list, export."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from application.commands.assign_call import assign_call
from application.commands.record_activity import record_activity
from application.ports import StoredLog
from application.reads.activities import contact_activities, show_activity
from application.reads.exports import export_feed
from application.reads.paging import PAGE
from domain.activities import CallSent, CallStatus, Direction, MessageSent
from infrastructure.bootstrap import DEFAULT_STORE
from infrastructure.cli import output
from infrastructure.cli.options import (
    BY,
    Account,
    Contact,
    Cursor,
    Json,
    Limit,
    Store,
    open_account,
)

commands = typer.Typer()


def _a_time(written: str | None) -> str | None:
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise typer.BadParameter(
            f"`{written}` is not a time with a time zone offset, such as 2024-05-01T12:00:00Z"
        )
    return written


_Id = Annotated[
    str | None,
    typer.Option("--id", help="Its own id; the same id again is the same one. Default: a new id."),
]
_Direction = Annotated[
    Direction, typer.Option(help="Who began it: the other side (inbound) or us (outbound).")
]
_Number = Annotated[
    str | None, typer.Option(help="The other side's number; leave it out where it is withheld.")
]
_At = Annotated[
    str | None,
    typer.Option(
        "--at",
        callback=_a_time,
        help="When, with a time zone offset: 2024-05-01T12:00:00Z. Default: now.",
    ),
]
_Agent = Annotated[str | None, typer.Option(help="The agent who took or made it.")]


@commands.command()
def call(
    direction: _Direction,
    status: Annotated[CallStatus, typer.Option(help="How the call ended.")],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    number: _Number = None,
    at: _At = None,
    seconds: Annotated[int, typer.Option(help="How long it lasted, in seconds.")] = 0,
    agent: _Agent = None,
    id_: _Id = None,
    json: Json = False,
) -> None:
    """Record a call: it finds its contact, or a lead is captured for its number."""
    with open_account(store, account) as log:
        sent = CallSent(
            direction=direction,
            number=number,
            status=status,
            started_at=_time(at),
            duration_seconds=seconds,
            agent=agent,
        )
        taken = record_activity(log, sent, activity_id=id_, by=BY)
        _print_activity(log, taken.activity_id, json=json)


@commands.command()
def message(
    direction: _Direction,
    text: Annotated[str, typer.Option(help="The text of the message.")],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    number: _Number = None,
    at: _At = None,
    agent: _Agent = None,
    id_: _Id = None,
    json: Json = False,
) -> None:
    """Record a message (SMS): it finds its contact as a call does."""
    with open_account(store, account) as log:
        sent = MessageSent(
            direction=direction, number=number, text=text, sent_at=_time(at), agent=agent
        )
        taken = record_activity(log, sent, activity_id=id_, by=BY)
        _print_activity(log, taken.activity_id, json=json)


def _time(written: str | None) -> datetime:
    return datetime.fromisoformat(written) if written else datetime.now(UTC)


@commands.command()
def assign(
    call: Annotated[str, typer.Argument(help="The id of a call.")],
    contact: Contact,
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    json: Json = False,
) -> None:
    """Assign a call to a contact by hand; no rule moves it after that."""
    with open_account(store, account) as log:
        assign_call(log, call, contact, by=BY)
        _print_activity(log, call, json=json)


def _print_activity(log: StoredLog, activity_id: str, *, json: bool) -> None:
    with log.reading() as reading:
        document = show_activity(reading, activity_id)
    if json:
        output.print_json(document)
    else:
        output.print_activities([document])


@commands.command()
def activities(
    contact: Contact,
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    limit: Limit = PAGE,
    cursor: Cursor = None,
    json: Json = False,
) -> None:
    """List a contact's calls and messages, newest first."""
    with open_account(store, account) as log, log.reading() as reading:
        page = contact_activities(reading, contact, limit=limit, cursor=cursor)
    output.print_page(page, output.print_activities, json=json)


@commands.command()
def exports(
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    integration: Annotated[str | None, typer.Option(help="Only those of this integration.")] = None,
    after: Annotated[int, typer.Option(help="The position after which to begin.")] = 0,
    limit: Limit = PAGE,
    json: Json = False,
) -> None:
    """The export feed: which record of an integration each call and message goes to."""
    with open_account(store, account) as log, log.reading() as reading:
        page = export_feed(reading, integration=integration, after=after, limit=limit)
    output.print_page(page, output.print_exports, json=json, option="--after")
