"""Calls and messages, their contacts, and their export feed."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from starlette.responses import Response

from application.access import Caller
from application.commands.assign_call import assign_call
from application.commands.record_activity import record_activity
from application.documents.activities import ActivityDocument, ExportDocument
from application.documents.callers import CallerDocument
from application.documents.document import Page
from application.ports import AccountLog
from application.reads.activities import list_activities, show_activity
from application.reads.events import LAST_POSITION
from application.reads.exports import export_feed
from application.reads.who_calls import who_calls
from domain.activities import ActivitySent
from domain.phone_texts import MAX_LENGTH
from infrastructure.web.answers import Answer, answer, read, send
from infrastructure.web.api.documentation import SENDING, problems
from infrastructure.web.api.requests import Assignment, NewCall, NewMessage
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    Limit,
    ReadAccount,
    caller,
    check_integration,
    commands,
    open_account,
)
from infrastructure.web.look_ups import look_up
from infrastructure.web.service import OpenAccount

router = APIRouter(
    prefix="/v1/accounts/{account}", tags=["calls and messages"], route_class=JsonRoute
)

ExportAccount = Annotated[OpenAccount, Security(open_account, scopes=["exports"])]
ExportCaller = Annotated[Caller, Security(caller, scopes=["exports"])]
CallCommands = Annotated[Commands, Security(commands, scopes=["calls"])]
CallId = Annotated[str, Path(description="A call's id.")]
MessageId = Annotated[str, Path(description="A message's id.")]
_KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"description": "It is known already", "model": ActivityDocument}
}


@router.post(
    "/calls",
    name="record_call",
    status_code=201,
    response_model=ActivityDocument,
    responses={**problems(*SENDING, "conflict"), **_KNOWN},
)
async def call(sent: NewCall, do: CallCommands) -> Response:
    """Record a call and link it to the contact or lead that holds its number."""
    return await do(partial(_record, sent.command(), sent.id, do.by))


@router.post(
    "/messages",
    name="record_message",
    status_code=201,
    response_model=ActivityDocument,
    responses={**problems(*SENDING, "conflict"), **_KNOWN},
)
async def message(sent: NewMessage, do: CallCommands) -> Response:
    """Record a message and link it like a call."""
    return await do(partial(_record, sent.command(), sent.id, do.by))


def _record(sent: ActivitySent, activity_id: str | None, by: str, log: AccountLog) -> Answer:
    taken = record_activity(log, sent, activity_id=activity_id, by=by)
    document = read(log, show_activity, taken.activity_id)
    return answer(201 if taken.is_new else 200, document)


@router.get("/calls", name="list_calls", response_model=Page[ActivityDocument])
def calls(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """The account's calls, newest first."""
    return send(read(account.log, list_activities, "call", limit=limit, cursor=cursor))


@router.get("/messages", name="list_messages", response_model=Page[ActivityDocument])
def messages(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """The account's messages, newest first."""
    return send(read(account.log, list_activities, "message", limit=limit, cursor=cursor))


@router.post(
    "/calls/{call_id}/assignment",
    name="assign_call",
    response_model=ActivityDocument,
    responses=problems(*SENDING, "conflict"),
)
async def assign(call_id: CallId, whose: Assignment, do: CallCommands) -> Response:
    """Assign a call to a contact by hand; no rule moves it afterwards."""

    def command(log: AccountLog) -> Answer:
        assign_call(log, call_id, whose.contact_id, by=do.by)
        return answer(200, read(log, show_activity, call_id, "call"))

    return await do(command)


@router.get("/callers/{number}", name="who_calls", response_model=CallerDocument)
@look_up()
def callers(
    account: ReadAccount,
    number: Annotated[str, Path(description="A phone, in any spelling.", max_length=MAX_LENGTH)],
) -> Response:
    """Who is calling: to whom a call from a number would go, and why. Nothing is recorded."""
    return send(read(account.log, who_calls, number))


@router.get("/calls/{call_id:path}", response_model=ActivityDocument)
def show_call(account: ReadAccount, call_id: CallId) -> Response:
    """One call."""
    return send(read(account.log, show_activity, call_id, "call"))


@router.get("/messages/{message_id:path}", response_model=ActivityDocument)
def show_message(account: ReadAccount, message_id: MessageId) -> Response:
    """One message."""
    return send(read(account.log, show_activity, message_id, "message"))


@router.get("/exports", name="list_exports", response_model=Page[ExportDocument], tags=["exports"])
def exports(
    account: ExportAccount,
    known: ExportCaller,
    integration: Annotated[
        str | None, Query(description="Only this one's; a key of an integration sees its own.")
    ] = None,
    after: Annotated[int, Query(ge=0, le=LAST_POSITION, description="A position of the feed.")] = 0,
    limit: Limit = FIRST,
) -> Response:
    """Calls and messages, each with the record of an integration that it belongs to.

    An activity comes again when it belongs to another record; `next` is the `after` of the next
    page.
    """
    if known.integration is not None:
        integration = integration or known.integration
        check_integration(known, integration)
    return send(read(account.log, export_feed, integration=integration, after=after, limit=limit))
