"""Merge settings in the words of the article, and numbers and emails that many people share."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Response, Security
from starlette.concurrency import run_in_threadpool

from application.commands.change_settings import change_settings
from application.ports import Reading
from application.reads.merges import MOST_RESTING, matched_identifier, merges_resting_on
from application.refusals import Invalid, Refused, Stale, StoreUnusable
from infrastructure.account_log.log import Part
from infrastructure.web.pages.merges import undo_each
from infrastructure.web.pages.shown import identifier
from infrastructure.web.pages.visit import Reads, Sent, SentMerge, Visit, sent

router = APIRouter(prefix="/accounts/{account}/settings", include_in_schema=False)

SentSettings = Annotated[Sent, Security(sent, scopes=["settings"])]
_AT_ONCE = 100
"""How many merges one form takes back."""
_SHOWN = 20
"""For how many shared values the merges that rest on them are counted."""


@router.get("")
def settings(seen: Reads) -> Response:
    """The merge settings."""
    return _page(seen)


def _page(
    seen: Visit, typed: Mapping[str, str] | None = None, refused: Refused | None = None
) -> Response:
    with seen.account.log.reading() as reading:
        now, version = reading.settings, reading.settings_version
        shared = now.shared_identifiers
        resting = {
            value: sum(1 for _ in islice(merges_resting_on(reading, shared, [value]), MOST_RESTING))
            for value in shared[:_SHOWN]
        }
    return seen.page(
        "settings.html",
        200 if refused is None else 409 if isinstance(refused, Stale) else 422,
        settings=now,
        version=version,
        resting=resting,
        most=MOST_RESTING,
        typed=typed or {},
        refused=refused,
        stale=isinstance(refused, Stale),
        field=refused.field if isinstance(refused, Invalid) else "",
        wrong=refused.reason if isinstance(refused, Invalid) else None,
    )


@router.post("")
async def change(form: SentSettings) -> Response:
    """Change the rules. Existing merges stay."""
    policy = form.get("policy")
    names = ("rule",) if policy == "global" else ("integration_leads", "integration_contacts")
    fields: dict[str, Any] = {name: form.get(name) for name in names}
    fields |= {
        "policy": policy,
        "default_region": form.get("default_region").strip().upper() or None,
    }
    version = form.get("version")
    versions = frozenset({int(version)} if version.isdecimal() else ())

    def command(part: Part) -> None:
        change_settings(part, fields, versions=versions, by=form.visit.caller.by)

    return await _changed(form, command, "The settings are saved. They apply to what comes later.")


async def _changed(form: Sent, command: Any, said: str) -> Response:
    try:
        await form.do(command)
    except StoreUnusable:
        raise
    except Refused as refused:
        typed = {name: form.get(name) for name in form.fields}
        return await run_in_threadpool(_page, form.visit, typed, refused)
    return form.back("/settings", said)


@router.post("/share")
async def share(form: SentSettings) -> Response:
    """Declare a number or an email shared: it matches nobody any more."""
    value = form.get("value").strip()

    def command(part: Part) -> None:
        change_settings(part, {}, share=[value], by=form.visit.caller.by)

    said = "it matches nobody any more. What it merged before stays until you take it back."
    return await _changed(form, command, f"{value} is shared now: {said}")


@router.post("/unshare")
async def unshare(form: SentSettings) -> Response:
    """Let a value match again."""
    value = form.get("value")

    def command(part: Part) -> None:
        change_settings(part, {}, unshare=[value], by=form.visit.caller.by)

    return await _changed(form, command, f"{identifier(value)} matches again.")


@router.post("/take-back")
async def take_back(form: SentMerge) -> Response:
    """Undo the merges that rest on a shared value alone, some at once."""
    value = form.get("value")
    merges = await form.read(_resting_on, value)
    said = await undo_each(form, merges)
    more = " There are more: press it again." if len(merges) == _AT_ONCE else ""
    return form.back("/settings", f"{said} They rested on {identifier(value)} alone.{more}")


def _resting_on(reading: Reading, value: str) -> list[str]:
    """The first merges that rest only on a shared value. Raises Invalid."""
    matched = matched_identifier(reading, value, "value").value
    shared = reading.settings.shared_identifiers
    if matched not in shared:
        raise Invalid("value", f"`{value[:60]}` is not shared")
    merges = merges_resting_on(reading, shared, [matched])
    return [each.event.merge_id for each in islice(merges, _AT_ONCE)]
