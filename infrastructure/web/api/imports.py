"""Files that are imported in the background."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, Security, UploadFile
from starlette.responses import Response, StreamingResponse

from application.documents.document import Page
from application.documents.jobs import ImportDocument, JobAccepted, KeptDocument
from application.documents.previews import (
    JoinDocument,
    RejectedRowsDocument,
    SharedCandidateDocument,
)
from infrastructure.account_log.log import Part
from infrastructure.formats.contact_file import ROWS_LOOKED_AT
from infrastructure.jobs.carry_out import begin_job, cancel_import
from infrastructure.jobs.import_undos import undo_of_import
from infrastructure.jobs.shown import list_imports, list_kept, rejected_csv, show_import
from infrastructure.jobs.shown_previews import (
    list_joins,
    list_rejected,
    list_shared_candidates,
)
from infrastructure.web.answers import Answer, accepted, send
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
from infrastructure.web.import_forms import (
    begin_import,
    fields_of,
    form_of,
    read_mapping,
    read_rows,
    read_values,
)

router = APIRouter(prefix="/v1/accounts/{account}/imports", tags=["imports"])

ImportCommands = Annotated[Commands, Security(commands_without_key, scopes=["imports"])]
ImportId = Annotated[str, Path(description="An import's id.")]


@router.post(
    "",
    name="import_file",
    status_code=202,
    response_model=JobAccepted,
    responses={**problems(*SENDING, "conflict"), **with_location(202)},
)
async def begin(
    request: Request,
    do: ImportCommands,
    file: Annotated[UploadFile | None, File(description="A CSV, XLSX or vCard file.")] = None,
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
    header_row: Annotated[
        int | None,
        Form(
            ge=0,
            le=ROWS_LOOKED_AT,
            description="The number of the row that names the columns, 0 if none does; found by "
            "itself if left out.",
        ),
    ] = None,
    dry_run: Annotated[bool, Form(description="Find out what would become of it.")] = False,
    preview: Annotated[
        str | None,
        Form(description="The id of a dry run, whose file is imported. It is kept for a day."),
    ] = None,
    keep_apart: Annotated[
        str | None,
        Form(
            description="Rows that must not join whom they would join by the dry run, as a JSON "
            "list of row numbers. The two are declared separate.",
            examples=["[17, 204]"],
        ),
    ] = None,
    share: Annotated[
        str | None,
        Form(
            description="Phones and emails that are declared shared first, as a JSON list.",
            examples=['["+13195550100"]'],
        ),
    ] = None,
    key: IdempotencyKey = None,
) -> Response:
    """Import a file in the background, or find out what would become of it.

    Rows that are not valid are rejected one by one.
    """
    form = form_of(
        file,
        await fields_of(request),
        region=region,
        mapping=read_mapping(mapping),
        forget_mapping=forget_mapping,
        encoding=encoding,
        header_row=header_row,
        dry_run=dry_run,
        preview=preview,
        keep_apart=read_rows(keep_apart),
        share=read_values(share),
    )
    form.check()
    return await begin_import(request, do, form, key)


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
    "/{import_id}/joins",
    name="list_joins",
    response_model=Page[JoinDocument],
    responses=problems("conflict"),
)
def joins(
    account: ReadAccount, import_id: ImportId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The rows of a dry run that would join contacts.

    Those whose names share no word with the contact's come first: look at these first.
    """
    return send(list_joins(account.log, import_id, limit=limit, cursor=cursor))


@router.get(
    "/{import_id}/shared-candidates",
    name="list_shared_candidates",
    response_model=Page[SharedCandidateDocument],
    responses=problems("conflict"),
)
def shared_candidates(
    account: ReadAccount, import_id: ImportId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """Phones and emails by which a dry run would join more than five different names.

    Many people may use one, as with a switchboard. Then declare it shared.
    """
    return send(list_shared_candidates(account.log, import_id, limit=limit, cursor=cursor))


@router.get(
    "/{import_id}/rejected",
    name="list_rejected_rows",
    response_model=Page[RejectedRowsDocument],
    responses=problems("conflict"),
)
def rejected_rows(
    account: ReadAccount, import_id: ImportId, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The rows that a dry run would reject, grouped by the reason."""
    return send(list_rejected(account.log, import_id, limit=limit, cursor=cursor))


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
