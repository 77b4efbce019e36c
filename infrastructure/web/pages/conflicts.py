"""Conflicts: two contacts side by side that hold the same number or email, decided by one key."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from application.reads.conflicts import list_conflicts
from application.reads.contacts import show_contact
from infrastructure.web.pages.visit import Reads

router = APIRouter(prefix="/accounts/{account}/conflicts", include_in_schema=False)

_MANY = 1_000
_PAGE = 50


@router.get("")
def conflicts(
    seen: Reads, at: Annotated[int, Query(ge=0, lt=_PAGE)] = 0, cursor: str | None = None
) -> Response:
    """The conflict at a place of a page of the list, and the others of the page by name."""
    with seen.account.log.reading() as reading:
        found = list_conflicts(reading, limit=_PAGE, cursor=cursor)
        place = min(at, max(len(found.items) - 1, 0))
        shown = found.items[place] if found.items else None
        two = [show_contact(reading, each) for each in shown.contacts] if shown else []
        calls = [len(reading.activities(each.id, limit=_MANY)) for each in two]
    return seen.page(
        "conflicts.html", found=found, place=place, shown=shown, two=two, calls=calls, cursor=cursor
    )
