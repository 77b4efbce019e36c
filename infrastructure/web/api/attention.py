"""What somebody should look at first, settling it, and what happened on each day."""

from typing import Annotated

from fastapi import APIRouter, Path, Security
from starlette.responses import Response

from application.commands.settle_attention import settle_attention
from application.documents.attention import AttentionDocument, DayDocument
from application.documents.document import Document, Page
from application.ports import AccountLog
from application.reads.attention import list_attention, list_days
from domain.phone_texts import MAX_LENGTH
from infrastructure.web.answers import Answer, answer, read, send
from infrastructure.web.api.documentation import problems
from infrastructure.web.callers import FIRST, Commands, Cursor, Limit, ReadAccount, commands

router = APIRouter(prefix="/v1/accounts/{account}", tags=["attention"])


class Settled(Document):
    """An item that nobody has to look at."""

    id: str


@router.get("/attention", name="list_attention", response_model=Page[AttentionDocument])
def attention(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """What somebody should look at first, by the calls that it touches, most first."""
    return send(read(account.log, list_attention, limit=limit, cursor=cursor))


@router.post(
    "/attention/{item_id:path}/settled",
    name="settle_attention",
    response_model=Settled,
    responses=problems("key-reused"),
)
async def settle(
    do: Annotated[Commands, Security(commands, scopes=["merges"])],
    item_id: Annotated[str, Path(description="An item's id.", max_length=MAX_LENGTH)],
) -> Response:
    """Say that it is right, or that nothing is to be done about it. Once or several times."""

    def command(log: AccountLog) -> Answer:
        return answer(200, Settled(id=settle_attention(log, item_id, by=do.by)))

    return await do(command)


@router.get("/days", name="list_days", response_model=Page[DayDocument])
def days(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """What happened on each day, counted by source and outcome, newest first."""
    return send(read(account.log, list_days, limit=limit, cursor=cursor))
