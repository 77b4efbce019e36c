"""The merge settings of an account."""

from typing import Annotated

from fastapi import APIRouter, Request, Security
from starlette.responses import Response

from application.commands.change_settings import change_settings
from application.documents.document import Page
from application.documents.settings import (
    SettingsChangeDocument,
    SettingsDocument,
    SettingsSetDocument,
    settings_document,
    settings_set_document,
)
from application.ports import AccountLog
from application.reads.merges import resting_on_newly_shared
from application.reads.settings import settings_history
from infrastructure.web.answers import Answer, answer, read, send
from infrastructure.web.api.documentation import BODY, VERSIONED, WITH_ETAG, problems
from infrastructure.web.api.requests import Settings
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    Limit,
    ReadAccount,
    Versions,
    commands_without_key,
    etag,
    send_versioned,
)

router = APIRouter(
    prefix="/v1/accounts/{account}/merge-settings", tags=["settings"], route_class=JsonRoute
)

SettingsCommands = Annotated[Commands, Security(commands_without_key, scopes=["settings"])]


@router.get("", name="show_merge_settings", response_model=SettingsDocument, responses=VERSIONED)
def show(request: Request, account: ReadAccount) -> Response:
    """The merge settings in force."""
    with account.log.reading() as reading:
        document, version = settings_document(reading.settings), reading.settings_version
    return send_versioned(request, document, version)


@router.get("/history", name="list_merge_settings", response_model=Page[SettingsChangeDocument])
def history(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """The settings that were ever in force, newest first: who set them, when, what changed."""
    return send(read(account.log, settings_history, limit=limit, cursor=cursor))


@router.put(
    "",
    name="set_merge_settings",
    response_model=SettingsSetDocument,
    responses={**problems(*BODY, "stale"), **WITH_ETAG},
)
async def change(settings: Settings, do: SettingsCommands, versions: Versions) -> Response:
    """Change the merge settings. They apply to what comes later; existing merges stay.

    The answer names those that rested only on what is newly shared, newest first, at most 1,000.
    """
    fields = settings.model_dump()
    for name in ("default_region", "shared_identifiers"):
        if name not in settings.model_fields_set:
            del fields[name]

    def command(log: AccountLog) -> Answer:
        with log.reading() as reading:
            before = reading.settings
        changed = change_settings(log, fields, versions=versions, by=do.by)
        with log.reading() as reading:
            version = reading.settings_version
            resting = resting_on_newly_shared(reading, before, changed)
        return answer(200, settings_set_document(changed, resting), ETag=etag(version))

    return await do(command)
