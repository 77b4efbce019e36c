"""Records of integrations: sent in batches, and taken back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Security
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from application.commands.receive_records import receive_records
from application.commands.withdraw_record import withdraw_record
from application.documents.decisions import ReceivedDocument
from application.documents.document import Document
from application.ports import AccountLog
from domain.records import Record, RecordKind, RecordRefused, read_record
from infrastructure.web.answers import Answer, answer
from infrastructure.web.api.documentation import SENDING, problems
from infrastructure.web.api.requests import RecordSent, RecordsSent, written
from infrastructure.web.callers import (
    Commands,
    Integration,
    check_integration,
    commands,
    commands_without_key,
)
from infrastructure.web.problems import field_errors, printable

router = APIRouter(prefix="/v1/accounts/{account}/integrations/{name}/records", tags=["records"])

Sender = Annotated[Commands, Security(commands, scopes=["records"])]
SenderWithoutKey = Annotated[Commands, Security(commands_without_key, scopes=["records"])]
_RECORD = TypeAdapter(RecordSent)


class Results(Document):
    """What became of each record, in the order sent."""

    results: list[ReceivedDocument]


@router.post("", response_model=Results, responses=problems(*SENDING))
async def send_records(name: Integration, sent: RecordsSent, do: Sender) -> Response:
    """Send records. One that cannot be taken is rejected alone; the others are taken."""
    check_integration(do.caller, name)

    def command(log: AccountLog) -> Answer:
        with log.reading() as reading:
            region = reading.settings.default_region
        records = [_read(each, name, region) for each in sent.records]
        received = receive_records(log, records, by=do.by)
        return answer(200, Results(results=[each.document() for each in received]))

    return await do(command)


def _read(sent: Any, integration: str, region: str | None) -> Record | RecordRefused:
    try:
        record = _RECORD.validate_python(sent)
        return read_record(
            source="integration",
            integration=integration,
            region=record.country or region,
            kind=record.kind,
            external_id=record.external_id,
            updated_at=record.updated_at,
            name=record.name,
            phones=written(record.phones),
            emails=written(record.emails),
            attributes=record.attributes,
        )
    except ValidationError as error:
        first = field_errors(error.errors(include_url=False), "body")[0]
        return RecordRefused("record" if first.field == "body" else first.field, first.reason)
    except RecordRefused as refused:
        return RecordRefused(printable(refused.field), refused.reason)


@router.delete(
    "/{kind}/{external_id:path}", name="take_back_record", status_code=204, responses=problems()
)
async def take_back(
    name: Integration,
    kind: RecordKind,
    external_id: Annotated[str, Path(description="The id that its source knows it by.")],
    do: SenderWithoutKey,
) -> Response:
    """The source took a record back."""
    check_integration(do.caller, name)

    def command(log: AccountLog) -> Answer:
        withdraw_record(log, name, kind, external_id, by=do.by)
        return Answer(204)

    return await do(command)
