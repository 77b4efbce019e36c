"""Two contacts side by side: why they are not one, merging them by hand, separating them."""

from fastapi import APIRouter, Response

from application.commands.merge_by_hand import merge_contacts
from application.commands.separate_contacts import separate_contacts
from application.documents.contacts import ContactDocument
from application.history.explain import explain
from application.ports import AccountLog, Reading
from application.reads.contacts import find_contacts, show_contact
from application.reads.names import with_names
from application.refusals import Invalid, NotFound
from infrastructure.web.answers import Answer
from infrastructure.web.pages.shown import called
from infrastructure.web.pages.visit import Reads, SentMerge

router = APIRouter(
    prefix="/accounts/{account}/contacts/{contact_id}/other", include_in_schema=False
)

_MOST = 20
_MANY = 1_000


@router.get("")
def choose(seen: Reads, contact_id: str, q: str = "") -> Response:
    """Search for another contact."""
    with seen.account.log.reading() as reading:
        contact = show_contact(reading, contact_id)
        found = [each for each in _found(reading, q.strip()) if each.id != contact.id]
    return seen.page("other.html", contact=contact, q=q, found=found)


def _found(reading: Reading, q: str) -> list[ContactDocument]:
    try:
        return find_contacts(reading, q=q, limit=_MOST).items if q else []
    except Invalid:  # it is too short
        return []


@router.get("/{other_id}")
def two(seen: Reads, contact_id: str, other_id: str) -> Response:
    """Two contacts side by side."""
    with seen.account.log.reading() as reading:
        one, other = show_contact(reading, contact_id), show_contact(reading, other_id)
        if one.id == other.id:
            raise NotFound("other contact", "they are one already")
        why = explain(reading, one.id, other.id)
        calls = [len(reading.activities(each.id, limit=_MANY)) for each in (one, other)]
    return seen.page(
        "two.html",
        two=[one, other],
        why=with_names(why.because, why.names),
        calls=calls,
        shared=_both_say(one, other),
    )


def _both_say(one: ContactDocument, other: ContactDocument) -> set[str]:
    """The phones and emails that both list."""
    first, second = (
        {each.value for each in (*contact.phones, *contact.emails)} for contact in (one, other)
    )
    return first & second


@router.post("/{other_id}/merge")
async def merge(form: SentMerge, contact_id: str, other_id: str) -> Response:
    """Merge the other contact into this one."""
    names = await form.read(_names, contact_id, other_id)

    def command(log: AccountLog) -> Answer:
        merged = merge_contacts(log, contact_id, other_id, by=form.visit.caller.by)
        return Answer(200, merged.encode())

    merge_id = bytes((await form.do(command)).body).decode()
    following = form.get("next") or f"/contacts/{contact_id}"
    said = f"{names[1]} was merged into {names[0]}."
    return form.back(following, said, undo=f"/merges/{merge_id}")


@router.post("/{other_id}/separate")
async def separate(form: SentMerge, contact_id: str, other_id: str) -> Response:
    """Declare the two separate."""
    names = await form.read(_names, contact_id, other_id)
    by = form.visit.caller.by
    await form.do(lambda log: separate_contacts(log, contact_id, other_id, by=by))
    following = form.get("next") or f"/contacts/{contact_id}"
    return form.back(following, f"{names[0]} and {names[1]} are separate: no rule merges them.")


def _names(reading: Reading, *contact_ids: str) -> list[str]:
    return [called(show_contact(reading, each)) for each in contact_ids]
