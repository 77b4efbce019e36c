"""The list of contacts: searched as one types, and taken out as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from application.reads.contacts import deleted_contacts, find_contacts
from application.refusals import Invalid
from infrastructure.formats.table import Format
from infrastructure.web.exports import exported
from infrastructure.web.pages.visit import Reads

router = APIRouter(prefix="/accounts/{account}/contacts", include_in_schema=False)

Which = Literal["contact", "lead", "deleted"]
_SHORTEST = 2
_PAGE = 50


@router.get("")
def contacts(
    seen: Reads,
    q: Annotated[str, Query()] = "",
    which: Annotated[Which | None, Query()] = None,
    cursor: str | None = None,
) -> Response:
    """The contacts, all or those that were searched for."""
    sought, wrong = q.strip(), None
    if 0 < len(sought) < _SHORTEST:
        sought, wrong = "", "Type two characters at least."
    with seen.account.log.reading() as reading:
        if which == "deleted":
            found = deleted_contacts(reading, limit=_PAGE, cursor=cursor)
        else:
            try:
                found = find_contacts(
                    reading, q=sought or None, kind=which, limit=_PAGE, cursor=cursor
                )
            except Invalid as invalid:
                if invalid.field != "q":
                    raise
                found, wrong = find_contacts(reading, limit=0), f"{invalid.reason}"
        counts = None if sought or cursor else reading.count_kinds()
    return seen.page(
        "contacts.html", found=found, q=q, which=which, counts=counts, cursor=cursor, wrong=wrong
    )


@router.get("/export")
def export(
    seen: Reads,
    format_: Annotated[Format, Query(alias="format")] = "csv",
    q: str = "",
    which: Annotated[Literal["contact", "lead"] | None, Query()] = None,
) -> Response:
    """The same contacts as a file."""
    return exported(seen.account.log, format_, q=q.strip() or None, kind=which)
