"""Records of integrations: sent in batches, and taken back."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Security
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from application.commands.receive_from_integration import (
    IntegrationRecord,
    read_sent,
    receive_from_integration,
)
from application.commands.withdraw_record import withdraw_record
from application.documents.contacts import ContactDocument, IntegrationDocument
from application.documents.decisions import ReceivedDocument
from application.documents.document import Document, Page
from application.ports import AccountLog
from application.reads.contacts import list_integrations, show_contact_of_record
from domain.records import RecordKind, ValueRefused
from infrastructure.web.answers import Answer, answer, read, send
from infrastructure.web.api.documentation import SENDING, VERSIONED, problems
from infrastructure.web.api.requests import RecordSent, RecordsSent
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    Commands,
    Integration,
    ReadAccount,
    check_integration,
    commands,
    commands_without_key,
    send_versioned,
)
from infrastructure.web.problems import MOST_ERRORS, field_errors

router = APIRouter(
    prefix="/v1/accounts/{account}/integrations",
    tags=["records"],
    route_class=JsonRoute,
)

RecordCommands = Annotated[Commands, Security(commands, scopes=["records"])]
RecordCommandsWithoutKey = Annotated[Commands, Security(commands_without_key, scopes=["records"])]
_RECORD = TypeAdapter(RecordSent)
ExternalId = Annotated[str, Path(description="The id that its source knows it by.")]
MANY = 10
"""The largest number of records whose values are read while the account is locked."""


class Results(Document):
    """What became of each record, in the order sent."""

    results: list[ReceivedDocument]


@router.get("", name="list_integrations", response_model=Page[IntegrationDocument])
def integrations(account: ReadAccount) -> Response:
    """The integrations that have sent records, by name."""
    return send(read(account.log, list_integrations))


@router.post("/{name}/records", response_model=Results, responses=problems(*SENDING))
async def send_records(name: Integration, sent: RecordsSent, do: RecordCommands) -> Response:
    """Send records. A record that is not valid is rejected alone; the others are taken."""
    check_integration(do.caller, name)
    records = _read_each(sent.records)
    already_read = None
    if len(records) > MANY:
        read = partial(read_sent, do.account.log, name, records)
        already_read = await do.service.in_writer(read)

    def command(log: AccountLog) -> Answer:
        received = receive_from_integration(log, name, records, already_read=already_read, by=do.by)
        results = [each.document() for each in received]
        return answer(200, Results(results=results))

    return await do(command)


def _read_each(sent: Sequence[Any]) -> list[IntegrationRecord | ValueRefused]:
    """Read the form of records. MOST_ERRORS are named in all, and the first of each record."""
    records: list[IntegrationRecord | ValueRefused] = []
    left = MOST_ERRORS
    for each in sent:
        try:
            records.append(_RECORD.validate_python(each).command())
        except ValidationError as error:
            wrong = field_errors(error.errors(include_url=False)[: max(left, 1)], "body")
            left -= len(wrong)
            first, *others = (
                ValueRefused("record" if one.field == "body" else one.field, one.reason)
                for one in wrong
            )
            records.append(ValueRefused(first.field, first.reason, others))
    return records


@router.get(
    "/{name}/records/{kind}/{external_id:path}",
    name="show_contact_of_record",
    response_model=ContactDocument,
    responses=VERSIONED,
)
def show(
    request: Request,
    account: ReadAccount,
    name: Integration,
    kind: RecordKind,
    external_id: ExternalId,
) -> Response:
    """The contact that has a record of an integration."""
    document = read(account.log, show_contact_of_record, name, kind, external_id)
    return send_versioned(request, document, document.version)


@router.delete(
    "/{name}/records/{kind}/{external_id:path}", name="take_back_record", status_code=204
)
async def take_back(
    name: Integration,
    kind: RecordKind,
    external_id: ExternalId,
    do: RecordCommandsWithoutKey,
) -> Response:
    """Take a record back: what only this record says leaves its contact."""
    check_integration(do.caller, name)

    def command(log: AccountLog) -> None:
        withdraw_record(log, name, kind, external_id, by=do.by)

    return await do(command)
