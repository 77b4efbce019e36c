"""The commands about what somebody should look at first."""

from typing import Annotated

import typer

from application.commands.settle_attention import settle_attention
from application.ports import AccountLog, Reading
from application.reads.attention import list_attention, list_days
from application.reads.paging import PAGE
from infrastructure.cli import output
from infrastructure.cli.attention_output import print_attention, print_days
from infrastructure.cli.commands import Commands
from infrastructure.cli.options import BY, Cursor, Limit

commands = Commands()


@commands.changes
def attention(
    log: AccountLog,
    settle: Annotated[
        str | None, typer.Option(help="Say that this item is right.", metavar="ITEM")
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> output.Answer:
    """List what somebody should look at first, or settle one item of the list.

    Example: contact-merging attention --limit 20
    """
    if settle is not None:
        item = settle_attention(log, settle, by=BY)
        return output.Answer({"settled": item}, lambda: output.line(f"{item} is settled"))
    with log.reading() as reading:
        page = list_attention(reading, limit=limit, cursor=cursor)
    return output.of_page(page, print_attention)


@commands.lists
def days(reading: Reading, limit: Limit = PAGE, cursor: Cursor = None) -> output.Answer:
    """Count what happened on each day, by source and outcome, newest first.

    Example: contact-merging days --limit 7
    """
    page = list_days(reading, limit=limit, cursor=cursor)
    return output.of_page(page, print_days)
