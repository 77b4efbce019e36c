"""The merge settings of an account."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Security
from starlette.responses import Response

from application.commands.change_settings import change_settings
from application.documents.document import Document
from application.ports import AccountLog
from domain.settings import MergeSettings, Rule
from infrastructure.web.answers import Answer, answer
from infrastructure.web.api.documentation import (
    BODY,
    NOT_MODIFIED,
    problems,
    send_versioned,
    with_etag,
)
from infrastructure.web.api.requests import Settings
from infrastructure.web.callers import Commands, Versions, commands_without_key, etag, open_account
from infrastructure.web.service import OpenAccount

router = APIRouter(prefix="/v1/accounts/{account}/merge-settings", tags=["settings"])

Reader = Annotated[OpenAccount, Security(open_account, scopes=["read"])]
Setter = Annotated[Commands, Security(commands_without_key, scopes=["settings"])]


class PerSourceDocument(Document):
    """The article's policy."""

    policy: Literal["per_source"]
    integration_leads: Rule
    integration_contacts: Rule
    shared_identifiers: list[str]
    default_region: str | None


class GlobalDocument(Document):
    """One rule for every source."""

    policy: Literal["global"]
    rule: Rule
    shared_identifiers: list[str]
    default_region: str | None


AnyDocument = PerSourceDocument | GlobalDocument


def document_of(settings: MergeSettings) -> PerSourceDocument | GlobalDocument:
    """Settings as the API says them."""
    shared: dict[str, Any] = {
        "policy": settings.policy,
        "shared_identifiers": list(settings.shared_identifiers),
        "default_region": settings.default_region,
    }
    if settings.policy == "global":
        return GlobalDocument(rule=settings.rule, **shared)
    return PerSourceDocument(
        integration_leads=settings.integration_leads,
        integration_contacts=settings.integration_contacts,
        **shared,
    )


@router.get(
    "",
    name="show_merge_settings",
    response_model=AnyDocument,
    responses={**problems(), **with_etag(200), **NOT_MODIFIED},
)
def show(request: Request, account: Reader) -> Response:
    """The merge settings in force."""
    with account.log.reading() as reading:
        document, version = document_of(reading.settings), reading.settings_version
    return send_versioned(request, document, version)


@router.put(
    "",
    name="set_merge_settings",
    response_model=AnyDocument,
    responses={**problems(*BODY, "stale"), **with_etag(200)},
)
async def change(settings: Settings, do: Setter, versions: Versions) -> Response:
    """Set the merge settings. They govern what comes after; what was merged stays merged."""
    fields = settings.model_dump()
    if "default_region" not in settings.model_fields_set:
        del fields["default_region"]

    def command(log: AccountLog) -> Answer:
        changed = change_settings(log, fields, versions=versions, by=do.by)
        with log.reading() as reading:
            version = reading.settings_version
        return answer(200, document_of(changed), ETag=etag(version))

    return await do(command)
