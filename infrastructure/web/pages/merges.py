"""Merges: the list with its filters, one merge and what its undo would do, and undoing some."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from application.documents.attention import DayDocument
from application.history.touched import TooMuchAtOnce
from application.history.undo_preview import UndoPreview, preview_undo
from application.jobs.job import Job
from application.reads.attention import list_days
from application.reads.merges import MergedBy, MergeFilter, list_merges, show_merge
from application.reads.names import names_of
from application.refusals import Conflict, Invalid
from application.wording import lost_text
from infrastructure.account_log.log import Part as LogPart
from infrastructure.bootstrap import the_time
from infrastructure.jobs.undo_or_begin import undo_or_begin
from infrastructure.web.answers import Answer
from infrastructure.web.pages.visit import Reads, Sent, SentMerge

router = APIRouter(prefix="/accounts/{account}/merges", include_in_schema=False)

_PAGE = 50
_DAYS = 14
_HEIGHT = 64
_MOST_OF_DAYS = 1_000
_SHOWN_AT_MOST = 200
"""How many contacts, calls and messages an undo may touch for which it is said what it would do."""
_UNDONE_AT_MOST = 100
"""How many merges one form undoes."""


class Asked(BaseModel):
    """Which merges are shown."""

    contact: str | None = None
    matched: str = ""
    source: str | None = None
    rule: MergedBy | None = None
    import_: str | None = Field(default=None, alias="import")
    day: date | None = None
    undone: bool | None = None
    cursor: str | None = None


@router.get("")
def merges(seen: Reads, asked: Annotated[Asked, Query()]) -> Response:
    """Merges, newest first."""
    only = MergeFilter(
        asked.contact,
        asked.matched.strip() or None,
        asked.source,
        asked.rule,
        asked.import_,
        asked.day,
        asked.undone,
    )
    wrong = None
    with seen.account.log.reading() as reading:
        try:
            found = list_merges(reading, only, limit=_PAGE, cursor=asked.cursor)
        except Invalid as invalid:
            if invalid.field != "matched":
                raise
            wrong = invalid.reason
            found = None
        days = list_days(reading, limit=_MOST_OF_DAYS).items
        counts = (
            None
            if asked.model_dump(exclude={"undone"}, exclude_defaults=True)
            else reading.count_merges()
        )
    return seen.page(
        "merges.html",
        found=found,
        asked=asked,
        wrong=wrong,
        counts=counts,
        chart=merges_of_days(days),
        sources=_sources(days),
    )


def _sources(days: Sequence[DayDocument]) -> list[tuple[str | None, str]]:
    """What merges can be shown of: a source or an integration, and its words."""
    found = {
        each.integration or each.source: _source(each)
        for each in days
        if each.outcome == "merged" and each.source is not None
    }
    return [(None, "everywhere"), *sorted(found.items(), key=lambda each: each[1])]


class Part(NamedTuple):
    """The merges of one source on a day: how many, and where its part of the bar is."""

    source: str
    number: int
    top: int
    height: int


class Bar(NamedTuple):
    """A day in the chart: how many merges it has, and its parts, from the bottom."""

    day: date
    number: int
    parts: list[Part]


class Chart(NamedTuple):
    """The merges of the last days, the oldest first, and their sources in order."""

    bars: list[Bar]
    sources: list[str]


def merges_of_days(days: Sequence[DayDocument]) -> Chart:
    """The merges of each of the last days, by source."""
    today = the_time().date()
    numbers: dict[date, Counter[str]] = {
        today - timedelta(days=ago): Counter() for ago in range(_DAYS - 1, -1, -1)
    }
    for each in days:
        day = date.fromisoformat(each.day)
        if each.outcome == "merged" and day in numbers:
            numbers[day][_source(each)] += each.number
    sources = [source for source, _ in sum(numbers.values(), Counter[str]()).most_common()]
    most = max(sum(each.values()) for each in numbers.values()) or 1
    return Chart([_bar(day, each, sources, most) for day, each in numbers.items()], sources)


def _source(day: DayDocument) -> str:
    return day.integration or {"csv": "files", None: "by hand"}.get(day.source) or str(day.source)


def _bar(day: date, numbers: Counter[str], sources: Sequence[str], most: int) -> Bar:
    parts: list[Part] = []
    bottom = 0
    for source in sources:
        if number := numbers[source]:
            height = max(1, round(_HEIGHT * number / most))
            bottom += height
            parts.append(Part(source, number, _HEIGHT + 6 - bottom, height))
    return Bar(day, sum(numbers.values()), parts)


@router.get("/{merge_id}")
def merge(seen: Reads, merge_id: str) -> Response:
    """One merge: why, who lost and why, and what its undo would do."""
    log = seen.account.log
    with log.reading() as reading:
        document = show_merge(reading, merge_id)
        names = names_of(reading, [each.contact_id for each in document.decision.candidates])
    undo: UndoPreview | None = None
    if document.undone_at is None and seen.may("merges"):
        try:
            undo = preview_undo(log, merge_id, at_most=_SHOWN_AT_MOST)
        except (TooMuchAtOnce, Conflict):
            undo = None
    lost = [
        (each.contact_id, names.get(each.contact_id), lost_text(each.lost_because))
        for each in document.decision.candidates
        if each.lost_because
    ]
    return seen.page("merge.html", merge=document, lost=lost, undo=undo)


@router.post("/{merge_id}/undo")
async def undo(form: SentMerge, merge_id: str) -> Response:
    """Undo one merge."""
    merge = await form.read(show_merge, merge_id)
    done = await form.do(partial(_undo, form, merge_id))
    name = merge.absorbed_name or "the other contact"
    if done.status_code == 202:
        form.visit.service.jobs.want(form.visit.account.log.account, "changes")
        return form.back("", f"{name} touches much: the merge is being undone.")
    if done.body == b"alone":
        said = f"{name} stands alone again, and no rule merges the two."
    else:
        said = f"{name} stays one with the contact by another match, or by hand."
    return form.back(f"/contacts/{merge.absorbed}", f"The merge is undone: {said}")


@router.post("/undo")
async def undo_some(form: SentMerge) -> Response:
    """Undo several merges, each by itself. One that is undone already is left out."""
    chosen = list(dict.fromkeys(form.all("merge")))
    said = await undo_each(form, chosen[:_UNDONE_AT_MOST])
    left = len(chosen) - _UNDONE_AT_MOST
    more = f" {left} are left: choose them again." if left > 0 else ""
    return form.back(form.get("next") or "/merges", f"{said}{more}")


async def undo_each(form: Sent, merges: Sequence[str]) -> str:
    """Undo merges, each by itself; one that went with another is left out. Says what was done."""
    done, begun, seen = 0, 0, form.visit
    for merge_id in merges:
        try:
            answer = await Sent(seen, {}).do(partial(_undo, form, merge_id))
        except Conflict:  # it went with another one
            continue
        done, begun = (done, begun + 1) if answer.status_code == 202 else (done + 1, begun)
    if begun:
        seen.service.jobs.want(seen.account.log.account, "changes")
    were = f"{done} merge{' is' if done == 1 else 's are'} undone."
    return f"{were} {begun} touch much, and are being undone." if begun else were


def _undo(form: Sent, merge_id: str, part: LogPart) -> Answer:
    log = form.visit.account.log
    undone = undo_or_begin(log, part, merge_id, by=form.visit.caller.by)
    if isinstance(undone, Job):
        return Answer(202)
    with part.reading() as reading:
        absorbed = show_merge(reading, merge_id).absorbed
    return Answer(200, b"alone" if absorbed in undone else b"")
