"""Contacts: found, read, entered, edited, deleted and restored."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Security
from starlette.responses import Response

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import edit_contact
from application.commands.enter_contact import enter_contact
from application.commands.restore_contact import restore_contact
from application.documents.activities import ActivityDocument
from application.documents.contacts import ContactDocument, RecordDocument
from application.documents.decisions import ReceivedDocument
from application.documents.document import Page
from application.documents.events import HistoryItem
from application.ports import AccountLog
from application.reads.activities import contact_activities
from application.reads.contact_history import history_page
from application.reads.contacts import (
    contact_absorbed,
    contact_records,
    deleted_contacts,
    find_contacts,
    show_contact,
)
from application.refusals import Invalid
from domain.records import RecordKind
from infrastructure.formats.table import Format
from infrastructure.web.answers import Answer, answer, read, send
from infrastructure.web.api.documentation import (
    BODY,
    SENDING,
    VERSIONED,
    WITH_ETAG,
    problems,
    with_location,
)
from infrastructure.web.api.requests import ContactChange, NewContact
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    Limit,
    ReadAccount,
    Versions,
    commands,
    commands_without_key,
    etag,
    send_versioned,
)
from infrastructure.web.exports import FILES, exported
from infrastructure.web.look_ups import look_up

router = APIRouter(
    prefix="/v1/accounts/{account}/contacts", tags=["contacts"], route_class=JsonRoute
)

EditCommands = Annotated[Commands, Security(commands, scopes=["edit"])]
EditCommandsWithoutKey = Annotated[Commands, Security(commands_without_key, scopes=["edit"])]
ContactId = Annotated[
    str, Path(description="A contact's id; one that was absorbed leads to its survivor.")
]

Text = Annotated[
    str | None,
    Query(description="Part of a name, an email or a number: two characters at least."),
]
Phone = Annotated[str | None, Query(description="A phone, in any spelling.")]
Email = Annotated[str | None, Query(description="An email.")]
Kind = Annotated[RecordKind | None, Query(description="Only these.")]


@router.get("", name="find_contacts", response_model=Page[ContactDocument])
@look_up(lambda given: given["q"] is None and (given["phone"] or given["email"]) is not None)
def find(
    account: ReadAccount,
    q: Text = None,
    phone: Phone = None,
    email: Email = None,
    kind: Kind = None,
    status: Annotated[
        Literal["live", "deleted"],
        Query(description="Deleted ones show a name alone, and take no other filter."),
    ] = "live",
    limit: Limit = FIRST,
    cursor: Cursor = None,
) -> Response:
    """Contacts, oldest first: all, or by text, by phone, by email, by kind; or deleted ones."""
    if status == "deleted":
        if any(each is not None for each in (q, phone, email, kind)):
            raise Invalid("status", "`deleted` cannot be combined with q, phone, email or kind")
        return send(read(account.log, deleted_contacts, limit=limit, cursor=cursor))
    with account.log.reading() as reading:
        found = find_contacts(
            reading, q=q, phone=phone, email=email, kind=kind, limit=limit, cursor=cursor
        )
    return send(found)


@router.get(
    "/export",
    name="export_contacts",
    response_class=Response,
    responses={
        200: {
            "description": "The contacts as a file",
            "content": {kind: {"schema": {"type": "string"}} for kind, _ in FILES.values()},
        }
    },
)
def export(
    account: ReadAccount,
    format_: Annotated[Format, Query(alias="format", description="The format.")] = "csv",
    q: Text = None,
    phone: Phone = None,
    email: Email = None,
    kind: Kind = None,
) -> Response:
    """The same contacts as a file, which can be imported again."""
    return exported(account.log, format_, q=q, phone=phone, email=email, kind=kind)


@router.post(
    "",
    name="enter_contact",
    status_code=201,
    response_model=ReceivedDocument,
    response_model_exclude_none=True,
    responses={**problems(*SENDING), **with_location(201)},
)
async def enter(contact: NewContact, do: EditCommands) -> Response:
    """Enter a contact. It is merged with no other, unless the account's policy is `global`."""

    def command(log: AccountLog) -> Answer:
        received = enter_contact(log, contact.command(), by=do.by)
        place = f"/v1/accounts/{log.account}/contacts/{received.contact_id}"
        return answer(201, received.document(), Location=place)

    return await do(command)


@router.get(
    "/{contact_id}", name="show_contact", response_model=ContactDocument, responses=VERSIONED
)
@look_up()
def show(request: Request, account: ReadAccount, contact_id: ContactId) -> Response:
    """One contact, with its first records and where each value comes from."""
    document = read(account.log, show_contact, contact_id)
    return send_versioned(request, document, document.version)


@router.patch(
    "/{contact_id}",
    name="edit_contact",
    response_model=ContactDocument,
    responses={**problems(*BODY, "conflict", "stale"), **WITH_ETAG},
)
async def edit(
    contact_id: ContactId, change: ContactChange, do: EditCommandsWithoutKey, versions: Versions
) -> Response:
    """Edit a contact by hand: the given fields replace those that it shows."""

    def command(log: AccountLog) -> Answer:
        edit_contact(log, contact_id, change.command(), versions=versions, by=do.by)
        return _shown(log, contact_id)

    return await do(command)


def _shown(log: AccountLog, contact_id: str) -> Answer:
    document = read(log, show_contact, contact_id)
    return answer(200, document, ETag=etag(document.version))


@router.delete(
    "/{contact_id}", name="delete_contact", status_code=204, responses=problems("conflict", "stale")
)
async def delete(contact_id: ContactId, do: EditCommandsWithoutKey, versions: Versions) -> Response:
    """Delete a contact: its records and identifiers go, its calls are linked again."""
    return await do(lambda log: delete_contact(log, contact_id, versions=versions, by=do.by))


@router.post(
    "/{contact_id}/restoration",
    name="restore_contact",
    response_model=ContactDocument,
    responses={**problems("conflict", "stale", "key-reused"), **WITH_ETAG},
)
async def restore(contact_id: ContactId, do: EditCommands, versions: Versions) -> Response:
    """Bring a deleted contact back."""

    def command(log: AccountLog) -> Answer:
        restore_contact(log, contact_id, versions=versions, by=do.by)
        return _shown(log, contact_id)

    return await do(command)


@router.get("/{contact_id}/records", name="list_records", response_model=Page[RecordDocument])
def records(
    account: ReadAccount, contact_id: ContactId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """What each source says about it, oldest first."""
    return send(read(account.log, contact_records, contact_id, limit=limit, cursor=cursor))


@router.get("/{contact_id}/absorbed", name="list_absorbed", response_model=Page[str])
def absorbed(
    account: ReadAccount, contact_id: ContactId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The ids that lead to it, oldest first."""
    return send(read(account.log, contact_absorbed, contact_id, limit=limit, cursor=cursor))


@router.get("/{contact_id}/history", name="list_history", response_model=Page[HistoryItem])
def history(
    account: ReadAccount, contact_id: ContactId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """Its events and those of the contacts that it absorbed, oldest first."""
    return send(read(account.log, history_page, contact_id, limit=limit, cursor=cursor))


@router.get(
    "/{contact_id}/activities", name="list_activities", response_model=Page[ActivityDocument]
)
def activities(
    account: ReadAccount, contact_id: ContactId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """Its calls and messages, newest first."""
    return send(read(account.log, contact_activities, contact_id, limit=limit, cursor=cursor))
