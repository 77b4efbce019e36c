"""Calls: the list, the card of who is calling and why, and correcting whose a call is."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, Security

from application.commands.assign_call import assign_call
from application.commands.enter_contact import ContactEntered, enter_contact
from application.documents.activities import ActivityDocument
from application.documents.callers import CallerDocument
from application.documents.document import Page
from application.ports import AccountLog, Reading
from application.reads.activities import list_activities, show_activity
from application.reads.contacts import find_contacts
from application.reads.names import names_of
from application.reads.who_calls import who_calls
from application.refusals import Invalid
from infrastructure.web.pages.visit import Reads, Sent, sent

router = APIRouter(prefix="/accounts/{account}/calls", include_in_schema=False)

SentCall = Annotated[Sent, Security(sent, scopes=["calls"])]
_PAGE = 50
_FOUND = 10


@router.get("")
def calls(seen: Reads, number: str = "", cursor: str | None = None) -> Response:
    """The calls, newest first; with a number, the card of who holds it."""
    caller: CallerDocument | None = None
    wrong: str | None = None
    with seen.account.log.reading() as reading:
        found = list_activities(reading, "call", limit=_PAGE, cursor=cursor)
        names = _names(reading, found)
        if number.strip():
            try:
                caller = who_calls(reading, number.strip())
            except Invalid as invalid:
                wrong = invalid.reason
    return seen.page(
        "calls.html", found=found, names=names, number=number, caller=caller, wrong=wrong
    )


def _names(reading: Reading, found: Page[ActivityDocument]) -> dict[str, str | None]:
    return names_of(reading, [each.contact_id for each in found.items if each.contact_id])


@router.get("/{call_id:path}/assign")
def card(seen: Reads, call_id: str, q: Annotated[str, Query()] = "") -> Response:
    """One call: whose it is and why, and to whom it could be assigned."""
    with seen.account.log.reading() as reading:
        call = show_activity(reading, call_id, "call")
        names = names_of(reading, [call.contact_id] if call.contact_id else [])
        caller = who_calls(reading, call.number) if call.number else None
        try:
            found = find_contacts(reading, q=q.strip(), limit=_FOUND).items if q.strip() else []
        except Invalid:  # it is too short
            found = []
    return seen.page("call.html", call=call, names=names, caller=caller, q=q, found=found)


@router.post("/{call_id:path}/assign")
async def assign(form: SentCall, call_id: str) -> Response:
    """Assign a call to a contact, or to a new one that is entered by name."""
    name, contact_id = form.get("name").strip(), form.get("contact")
    call = await form.read(show_activity, call_id, "call")
    by = form.visit.caller.by

    def command(log: AccountLog) -> None:
        chosen = contact_id
        if not chosen:
            said = ContactEntered(
                source="dashboard", name=name, phones=[call.number] if call.number else []
            )
            chosen = enter_contact(log, said, by=by).contact_id or ""
        assign_call(log, call_id, chosen, by=by)

    if not contact_id and not name:
        raise Invalid("name", "is missing: choose a contact, or enter the name of a new one")
    await form.do(command)
    return form.back("/calls", "The call is assigned. No rule moves it any more.")
