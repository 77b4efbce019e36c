"""Jobs of every kind: their progress, and cancelling them."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Security
from starlette.responses import Response

from application.documents.document import Page
from application.documents.jobs import JobDocument
from infrastructure.jobs.carry_out import cancel_job
from infrastructure.jobs.shown import list_jobs, show_job
from infrastructure.web.answers import send
from infrastructure.web.api.documentation import problems
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    Limit,
    ReadAccount,
    commands_without_key,
)

router = APIRouter(prefix="/v1/accounts/{account}/jobs", tags=["jobs"])

JobId = Annotated[str, Path(description="A job's id.")]


@router.get("", name="list_jobs", response_model=Page[JobDocument])
def index(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """Jobs, newest first, including those that have ended."""
    return send(list_jobs(account.log, limit=limit, cursor=cursor))


@router.get("/{job_id}", name="show_job", response_model=JobDocument)
def show(account: ReadAccount, job_id: JobId) -> Response:
    """The progress of a job."""
    return send(show_job(account.log, job_id))


@router.delete("/{job_id}", name="cancel_job", status_code=204, responses=problems("conflict"))
async def cancel(
    do: Annotated[Commands, Security(commands_without_key, scopes=["imports"])],
    job_id: JobId,
) -> Response:
    """Cancel a job. What it has done stays."""
    log = do.account.log
    response = await do(lambda part: cancel_job(log, part.session, job_id))
    await do.service.in_writer(partial(log.database.uploads.remove, job_id))
    return response
