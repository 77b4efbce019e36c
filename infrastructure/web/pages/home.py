"""Home: what needs a look, most pressing first, and what happened since yesterday."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, timedelta

from fastapi import APIRouter, Response

from application.commands.settle_attention import settle_attention
from application.documents.attention import AttentionDocument, DayDocument
from application.ports import AccountLog
from application.reads.attention import list_attention, list_days
from application.reads.conflicts import list_conflicts
from infrastructure.bootstrap import the_time
from infrastructure.jobs.shown import list_jobs
from infrastructure.web.pages.merges import merges_of_days
from infrastructure.web.pages.visit import Reads, SentMerge

router = APIRouter(prefix="/accounts/{account}", include_in_schema=False)

_PAGE = 40
_CONFLICTS = 3
_JOBS = 20
_DAYS = 1_000


@router.get("")
def home(seen: Reads, cursor: str | None = None) -> Response:
    """The morning list."""
    log = seen.account.log
    with log.reading() as reading:
        attention = list_attention(reading, limit=_PAGE, cursor=cursor)
        conflicts = list_conflicts(reading, limit=_CONFLICTS)
        days = list_days(reading, limit=_DAYS).items
        is_empty = not reading.contact_ids(limit=1)
    jobs = list_jobs(log, limit=_JOBS, cursor=None).items
    return seen.page(
        "home.html",
        items=_without_those_told(attention.items),
        following=attention.next,
        conflicts=conflicts,
        happened=_since_yesterday(days),
        chart=merges_of_days(days),
        running=[each for each in jobs if each.status == "running"],
        is_empty=is_empty,
        cursor=cursor,
    )


def _without_those_told(items: Sequence[AttentionDocument]) -> list[AttentionDocument]:
    """What needs a look, without the merges that a number above them in the list made."""
    told: set[tuple[str | None, str]] = set()
    kept: list[AttentionDocument] = []
    for each in items:
        if each.identifier is not None:
            told.add((each.contact_id, each.identifier.value))
        matched = each.merge.decision.matched if each.merge else []
        if not matched or any((each.contact_id, one.value) not in told for one in matched):
            kept.append(each)
    return kept


def _since_yesterday(days: Sequence[DayDocument]) -> Counter[str]:
    """How often each thing happened today and yesterday (UTC)."""
    since = the_time().astimezone(UTC).date() - timedelta(days=1)
    happened = Counter[str]()
    for each in days:
        if date.fromisoformat(each.day) >= since:
            happened[each.outcome] += each.number
    return happened


@router.post("/settle")
async def settle(form: SentMerge) -> Response:
    """Say that something is right: nobody has to look at it any more."""
    item, by = form.get("item"), form.visit.caller.by

    def command(log: AccountLog) -> None:
        settle_attention(log, item, by=by)

    await form.do(command)
    return form.back("", "It is settled: it is shown no more.")
