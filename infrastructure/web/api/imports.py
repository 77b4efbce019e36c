"""Files that are imported in the background."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial
from hashlib import file_digest
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, Security, UploadFile
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response, StreamingResponse

from application.documents.document import Page
from application.documents.jobs import ImportDocument, JobAccepted, KeptDocument
from application.refusals import Refused, StoreUnusable
from infrastructure.account_log.log import Part
from infrastructure.jobs.carry_out import begin_job, cancel_import
from infrastructure.jobs.file_imports import check_file, import_of
from infrastructure.jobs.import_undos import undo_of_import
from infrastructure.jobs.shown import list_imports, list_kept, rejected_csv, show_import
from infrastructure.web.answers import Answer, accepted, digest_of_request, send
from infrastructure.web.api.documentation import SENDING, problems, with_location
from infrastructure.web.api.requests import Region
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    IdempotencyKey,
    Limit,
    ReadAccount,
    commands,
    commands_without_key,
)
from infrastructure.web.problems import FieldError, ProblemError, invalid, invalid_fields

router = APIRouter(prefix="/v1/accounts/{account}/imports", tags=["imports"])

ImportCommands = Annotated[Commands, Security(commands_without_key, scopes=["imports"])]
ImportId = Annotated[str, Path(description="An import's id.")]
_FIELDS = {"file", "region", "mapping", "forget_mapping", "encoding", "dry_run"}
_MAPPING = TypeAdapter(dict[str, str])


@router.post(
    "",
    name="import_file",
    status_code=202,
    response_model=JobAccepted,
    responses={**problems(*SENDING), **with_location(202)},
)
async def begin(
    request: Request,
    do: ImportCommands,
    file: Annotated[UploadFile, File(description="A CSV, XLSX or vCard file.")],
    region: Annotated[
        Region | None, Form(description="What reads phones, instead of the account's region.")
    ] = None,
    mapping: Annotated[
        str | None,
        Form(
            description="What a column is, as a JSON object: `name`, `first_name`, "
            "`middle_name`, `last_name_prefix`, `last_name`, `phone`, `email`, `country`, "
            "`extension`, `area_code`, `ignore`, or the name of an attribute. It is remembered for "
            "files with the same columns.",
            examples=['{"Tel. privat": "phone"}'],
        ),
    ] = None,
    forget_mapping: Annotated[
        bool, Form(description="Forget what was mapped before for files with the same columns.")
    ] = False,
    encoding: Annotated[
        str | None,
        Form(
            description="How a text file's bytes are read; found by itself if left out.",
            examples=["cp1250"],
        ),
    ] = None,
    dry_run: Annotated[bool, Form(description="Count what would become of it, in a copy.")] = False,
    key: IdempotencyKey = None,
) -> Response:
    """Import a file in the background. Rows that are not valid are rejected one by one."""
    await _check_form(request)
    fields = _mapping(mapping)
    log, service = do.account.log, do.service
    import_id = log.new_id()
    uploads = log.database.uploads

    name = (file.filename or "file")[:200].encode("utf-8", "replace").decode()
    name = name.replace("\0", "\ufffd")
    job = import_of(
        log,
        import_id=import_id,
        file=name,
        by=f"{do.by}, import {name}",
        region=region,
        mapping=fields,
        encoding=encoding,
        forget=forget_mapping,
        dry_run=dry_run,
    )

    def keep() -> str:
        uploads.keep(import_id, file.file)
        with uploads.opened(import_id) as path, path.open("rb") as kept:
            digest = file_digest(kept, "sha256").hexdigest()
            try:
                check_file(log, job, path)
            except Refused as refused:
                raise _wrong(str(refused).removeprefix(f"{path}: ")) from None
            return digest

    try:
        digest = await service.in_writer(keep)
        body = {
            "file": digest,
            "region": region,
            "mapping": fields,
            "forget_mapping": forget_mapping,
            "encoding": encoding,
            "dry_run": dry_run,
        }
        once = None if key is None else (key, digest_of_request(request, body))

        def command(part: Part) -> Answer:
            begin_job(log, part.session, job)
            return accepted(part.account, "imports", job)

        response = await replace(do, once=once)(command)
    except (StoreUnusable, asyncio.CancelledError):
        raise  # the job may have been noted; a file without a job is removed after a day
    except BaseException:
        await service.in_writer(partial(uploads.remove, import_id))
        raise
    if "idempotent-replayed" in response.headers:
        await service.in_writer(partial(uploads.remove, import_id))
    service.jobs.want(log.account, "previews" if dry_run else "changes")
    return response


def _wrong(reason: str) -> ProblemError:
    """The problem of a file that cannot be imported: of the field that its reason names."""
    field, colon, rest = reason.partition(": ")
    return (
        invalid(field, rest)
        if colon and field in {"mapping", "encoding"}
        else invalid("file", reason)
    )


async def _check_form(request: Request) -> None:
    """Refuse unknown fields, as JSON bodies do, and fields that are given twice."""
    given = Counter(name for name, _ in (await request.form()).multi_items())
    errors = [
        FieldError(field=name, location="body", reason="unknown field")
        for name in given.keys() - _FIELDS
    ]
    errors += [
        FieldError(field=name, location="body", reason="is given more than once")
        for name in given.keys() & _FIELDS
        if given[name] > 1
    ]
    if errors:
        raise invalid_fields(errors)


def _mapping(mapping: str | None) -> dict[str, str]:
    if mapping is None:
        return {}
    try:
        return _MAPPING.validate_json(mapping, strict=True)
    except ValidationError:
        raise invalid("mapping", "must be a JSON object of columns and fields") from None


@router.get("", name="list_imports", response_model=Page[ImportDocument])
def index(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """Imports, newest first, dry runs included."""
    return send(list_imports(account.log, limit=limit, cursor=cursor))


@router.get("/{import_id}", name="show_import", response_model=ImportDocument)
def show(account: ReadAccount, import_id: ImportId) -> Response:
    """The progress of an import."""
    return send(show_import(account.log, import_id))


@router.delete(
    "/{import_id}", name="cancel_import", status_code=204, responses=problems("conflict")
)
async def cancel(
    do: Annotated[Commands, Security(commands_without_key, scopes=["imports"])],
    import_id: ImportId,
) -> Response:
    """Cancel an import that is running. The rows that it has done stay."""
    log = do.account.log

    response = await do(lambda part: cancel_import(log, part.session, import_id))
    await do.service.in_writer(partial(log.database.uploads.remove, import_id))
    return response


@router.post(
    "/{import_id}/undo",
    name="undo_import",
    status_code=202,
    response_model=JobAccepted,
    responses={**problems("conflict", "key-reused"), **with_location(202)},
)
async def undo(
    do: Annotated[Commands, Security(commands, scopes=["imports"])], import_id: ImportId
) -> Response:
    """Undo an import by a job: the account is as if its rows had never come.

    A row stays if somebody edited its contact, merged it by hand or assigned a call to it, and
    nothing else of this contact would be left.
    """
    log = do.account.log

    def command(part: Part) -> Answer:
        job = undo_of_import(log, part.session, import_id, by=do.by)
        begin_job(log, part.session, job)
        return accepted(log.account, "jobs", job)

    response = await do(command)
    do.service.jobs.want(log.account, "changes")
    return response


@router.get("/{import_id}/kept", name="list_kept_rows", response_model=Page[KeptDocument])
def kept(
    account: ReadAccount, import_id: ImportId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The rows that the undo of an import kept, each with the reason."""
    return send(list_kept(account.log, import_id, limit=limit, cursor=cursor))


@router.get(
    "/{import_id}/rejected.csv",
    name="download_rejected_rows",
    response_class=Response,
    responses={
        200: {
            "description": "The rows that were rejected, each with its number and the reason",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
)
def rejected(account: ReadAccount, import_id: ImportId) -> Response:
    """The rejected rows as a file, to correct and import it."""
    show_import(account.log, import_id)
    name = f'attachment; filename="{import_id}.rejected.csv"'
    return StreamingResponse(
        rejected_csv(account.log, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )
