"""Rejected rows of an import, mended on a page and imported as a file of their own."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter, Response, UploadFile

from application.commands.settle_attention import settle_attention
from application.documents.jobs import ImportDocument
from application.ports import AccountLog
from application.refusals import Refused, StoreUnusable
from infrastructure.jobs.shown import Rejected, region_of_import, rejected_rows, show_import
from infrastructure.web.callers import Commands
from infrastructure.web.import_forms import begin_import, form_of
from infrastructure.web.pages.imports import said_of
from infrastructure.web.pages.mapping import field_of
from infrastructure.web.pages.visit import Imports, Sent, SentImport, Visit
from infrastructure.web.problems import ProblemError

router = APIRouter(prefix="/accounts/{account}/imports/{import_id}/mend", include_in_schema=False)

_MOST_CELLS = 1_500
"""How many fields a form has at most; further rows are mended in the downloaded file."""
_MOST_ROWS = 100


@router.get("")
def mend(seen: Imports, import_id: str) -> Response:
    """The rejected rows, to mend them."""
    return _page(seen, import_id)


def _page(
    seen: Visit,
    import_id: str,
    typed: Mapping[int, Sequence[str]] | None = None,
    wrong: str | None = None,
) -> Response:
    log = seen.account.log
    document = show_import(log, import_id)
    columns, rows = rejected_rows(log, import_id, _MOST_ROWS)
    fit = max(1, _MOST_CELLS // max(1, len(columns)))
    shown = [
        row._replace(cells=list(typed[row.number])) if typed and row.number in typed else row
        for row in rows[:fit]
    ]
    return seen.page(
        "mend.html",
        422 if wrong else 200,
        shown=document,
        columns=columns,
        rows=shown,
        wrong=wrong,
    )


@router.post("")
async def send(form: SentImport, import_id: str) -> Response:
    """Import the rows as they are now. Rows without any value are left out."""
    seen, log = form.visit, form.visit.account.log
    document = await seen.service.in_writer(partial(show_import, log, import_id))
    columns, rows = await seen.service.in_writer(partial(rejected_rows, log, import_id, _MOST_ROWS))
    region = await seen.service.in_writer(partial(region_of_import, log, import_id))
    typed = _typed(form, columns, rows)
    cells = [each for each in typed.values() if any(map(str.strip, each))]
    asked = form_of(
        UploadFile(io.BytesIO(_csv(columns, cells)), filename=f"{document.file}, mended rows"),
        mapping=_mapping(document),
        region=region,
    )._replace(mends=import_id)
    show = partial(_page, seen, import_id, typed)
    if not cells:
        return await seen.service.in_writer(partial(show, "Nothing is left to import."))
    do, once = Commands(seen.service, seen.account, seen.caller, None), form.get("once")
    try:
        answer = await begin_import(seen.request, do, asked, f"form {once}" if once else None)
    except StoreUnusable:
        raise
    except (ProblemError, Refused) as problem:
        return await seen.service.in_writer(partial(show, said_of(problem)))

    def settle(part: AccountLog) -> None:
        settle_attention(part, import_id, by=seen.caller.by)

    await Sent(seen, {}).do(settle)
    made = json.loads(bytes(answer.body))["id"]
    return form.back(f"/imports/{made}", f"The mended rows of {document.file} are being imported.")


def _typed(
    form: Sent, columns: Sequence[str], rows: Sequence[Rejected]
) -> dict[int, Sequence[str]]:
    """The cells of each row as somebody mended them, by the row's number."""
    return {
        row.number: [*form.all(f"row{row.number}"), *[""] * len(columns)][: len(columns)]
        for row in rows
        if f"row{row.number}" in form.fields
    }


def _mapping(document: ImportDocument) -> dict[str, str]:
    """What each column was, if its name is one of a kind."""
    columns = document.understood.columns if document.understood else []
    times = Counter(each.column.strip().casefold() for each in columns)
    return {
        each.column: field
        for each in columns
        if times[each.column.strip().casefold()] == 1 and (field := field_of(each.becomes))
    }


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()
