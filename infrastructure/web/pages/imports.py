"""Imports: dropping a file, what it would do, with names, starting it, watching it, undoing it."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from starlette.responses import StreamingResponse

from application.documents.jobs import ImportDocument
from application.refusals import Invalid, Refused, StoreUnusable
from infrastructure.account_log.log import EventLog, Part
from infrastructure.formats.contact_file import ROWS_LOOKED_AT
from infrastructure.jobs.carry_out import begin_job, cancel_import
from infrastructure.jobs.import_undos import undo_of_import
from infrastructure.jobs.shown import (
    list_imports,
    list_kept,
    mended,
    rejected_csv,
    show_import,
    show_job,
)
from infrastructure.jobs.shown_previews import (
    joins_csv,
    list_joins,
    list_rejected,
    list_shared_candidates,
)
from infrastructure.web.callers import Commands
from infrastructure.web.import_forms import ImportForm, begin_import, form_of
from infrastructure.web.pages.mapping import WORDS, field_of, words_of
from infrastructure.web.pages.visit import Imports, Reads, Sent, SentImport, Visit
from infrastructure.web.problems import ProblemError, invalid

router = APIRouter(prefix="/accounts/{account}/imports", include_in_schema=False)

_PAGE = 20
_JOINS = 200
_CHOSEN = ("keep_apart", "share", "becomes", "header_row", "region", "encoding")
"""The fields of the page of a preview, which are kept if it is refused."""


@router.get("")
def imports(seen: Reads, cursor: str | None = None) -> Response:
    """Imports, newest first, and the form for a file."""
    return _list(seen, cursor)


def _list(
    seen: Visit, cursor: str | None = None, wrong: str | None = None, **typed: str
) -> Response:
    found = list_imports(seen.account.log, limit=_PAGE, cursor=cursor)
    with seen.account.log.reading() as reading:
        region = reading.settings.default_region
    status = 422 if wrong else 200
    typed = {"region": "", "header_row": "", **typed}
    return seen.page("imports.html", status, found=found, region=region, wrong=wrong, typed=typed)


@router.post("")
async def look(
    seen: Imports,
    file: Annotated[UploadFile | None, File()] = None,
    region: Annotated[str, Form()] = "",
    header_row: Annotated[str, Form()] = "",
    once: Annotated[str, Form()] = "",
) -> Response:
    """Find out what would become of a file."""
    if file is None or not file.filename:
        return await seen.service.in_writer(partial(_list, seen, None, "Choose a file first."))
    try:
        form = form_of(
            file,
            dry_run=True,
            region=region.strip().upper() or None,
            header_row=_header_row(header_row.strip()) if header_row.strip() else None,
        )
        return await _begun(seen, form, once)
    except StoreUnusable:
        raise
    except (ProblemError, Refused) as problem:
        refused = partial(_list, seen, None, said_of(problem), region=region, header_row=header_row)
        return await seen.service.in_writer(refused)


def said_of(problem: ProblemError | Refused) -> str:
    """A problem with a file, in words."""
    said = str(problem.detail) if isinstance(problem, ProblemError) else str(problem)
    return said.removeprefix("file: ").replace("header_row", "the header", 1)


async def _begun(seen: Visit, form: ImportForm, once: str) -> Response:
    """Begin an import, once, however often the form is sent, and show its page."""
    do = Commands(seen.service, seen.account, seen.caller, None)
    answer = await begin_import(seen.request, do, form, f"form {once}" if once else None)
    import_id = json.loads(bytes(answer.body))["id"]
    return Response(status_code=303, headers={"Location": seen.path(f"/imports/{import_id}")})


@router.get("/{import_id}")
def one(seen: Reads, import_id: str) -> Response:
    """An import, or what would become of a file."""
    return _one(seen, import_id)


def _one(
    seen: Visit, import_id: str, wrong: str | None = None, chosen: Sent | None = None
) -> Response:
    log = seen.account.log
    document = show_import(log, import_id)
    if not document.dry_run:
        return seen.page("import.html", **_result(log, document), wrong=wrong)
    previewed: dict[str, Any] = {"joins": None, "shared": None, "rejected": None}
    if document.status == "done":
        previewed = {
            "joins": list_joins(log, import_id, limit=_JOINS, cursor=None),
            "shared": list_shared_candidates(log, import_id, limit=_PAGE, cursor=None),
            "rejected": list_rejected(log, import_id, limit=_PAGE, cursor=None),
        }
    return seen.page(
        "preview.html",
        422 if wrong else 200,
        shown=document,
        **previewed,
        fields=WORDS,
        words_of=words_of,
        wrong=wrong,
        chosen={name: chosen.all(name) if chosen else [] for name in _CHOSEN},
    )


def _result(log: EventLog, document: ImportDocument) -> dict[str, Any]:
    undo = show_job(log, document.undo) if document.undo else None
    kept = list_kept(log, document.id, limit=_PAGE, cursor=None) if undo else None
    mends, mended_by = mended(log, document.id)
    return {
        "shown": document,
        "undo": undo,
        "kept": kept,
        "mends": mends,
        "mended_by": mended_by,
    }


@router.post("/{import_id}/again")
async def again(form: SentImport, import_id: str) -> Response:
    """Look at the file once more, with another header, other columns, country or encoding."""
    named = zip(form.all("column"), form.all("becomes"), form.all("was"), strict=False)
    changed = {column: field_of(becomes) for column, becomes, was in named if becomes != was}
    header = form.get("header_row").strip()
    try:
        asked = form_of(
            None,
            dry_run=True,
            region=form.get("region").strip().upper() or None,
            encoding=form.get("encoding").strip() or None,
            header_row=None if header == form.get("header_was") else _header_row(header),
            mapping={column: field for column, field in changed.items() if field},
        )._replace(again=import_id)
        return await _begun(form.visit, asked, form.get("once"))
    except (ProblemError, Invalid) as problem:
        show = partial(_one, form.visit, import_id, said_of(problem), form)
        return await form.visit.service.in_writer(show)


def _header_row(typed: str) -> int:
    """The number of a row as it was typed. Raises ProblemError."""
    if not re.fullmatch("[0-9]{1,3}", typed) or int(typed) > ROWS_LOOKED_AT:
        raise invalid("header_row", f"must be the number of a row up to {ROWS_LOOKED_AT}, or 0")
    return int(typed)


@router.post("/{import_id}/go")
async def go(form: SentImport, import_id: str) -> Response:
    """Import the file of a dry run as decided on its page."""
    asked = form_of(
        None,
        preview=import_id,
        keep_apart=[int(each) for each in form.all("keep_apart") if each.isdecimal()],
        share=form.all("share"),
    )
    try:
        return await _begun(form.visit, asked, form.get("once"))
    except StoreUnusable:
        raise
    except (ProblemError, Refused) as problem:
        show = partial(_one, form.visit, import_id, said_of(problem), form)
        return await form.visit.service.in_writer(show)


@router.post("/{import_id}/cancel")
async def cancel(form: SentImport, import_id: str) -> Response:
    """Stop an import. What it has done stays."""
    log = form.visit.account.log
    await form.do(lambda part: cancel_import(log, part.session, import_id))
    await form.visit.service.in_writer(partial(log.database.uploads.remove, import_id))
    return form.back(f"/imports/{import_id}", "It is cancelled. The rows that it has done stay.")


@router.post("/{import_id}/undo")
async def undo(form: SentImport, import_id: str) -> Response:
    """Undo an import by a job."""
    seen = form.visit
    log = seen.account.log

    def command(part: Part) -> None:
        begin_job(
            log, part.session, undo_of_import(log, part.session, import_id, by=seen.caller.by)
        )

    await form.do(command)
    seen.service.jobs.want(log.account, "changes")
    return form.back(f"/imports/{import_id}", "The import is being undone.")


@router.get("/{import_id}/rejected.csv")
def rejected(seen: Reads, import_id: str) -> Response:
    """The rejected rows as a file, to correct and import it."""
    show_import(seen.account.log, import_id)
    return _file(f"{import_id}.rejected.csv", rejected_csv(seen.account.log, import_id))


@router.get("/{preview_id}/joins.csv")
def joins(seen: Reads, preview_id: str) -> Response:
    """Who would join whom, as a file, to look at all of them."""
    list_joins(seen.account.log, preview_id, limit=1, cursor=None)
    return _file(f"{preview_id}.joins.csv", joins_csv(seen.account.log, preview_id))


def _file(name: str, lines: Iterator[str]) -> Response:
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
