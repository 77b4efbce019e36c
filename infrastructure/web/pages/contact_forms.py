"""Entering, editing, deleting and restoring a contact by hand."""

import re
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Response, Security

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.enter_contact import ContactEntered, enter_contact
from application.commands.restore_contact import restore_contact
from application.documents.contacts import ContactDocument, PointDocument
from application.ports import AccountLog
from application.reads.contacts import show_contact
from application.refusals import Conflict, Invalid, Refused, Stale, StoreUnusable
from domain.phones import international
from domain.records import Written
from infrastructure.web.answers import Answer
from infrastructure.web.pages.shown import called
from infrastructure.web.pages.visit import Sent, Visit, sent, visit

router = APIRouter(prefix="/accounts/{account}/contacts", include_in_schema=False)

Edits = Annotated[Visit, Security(visit, scopes=["edit"])]
SentEdit = Annotated[Sent, Security(sent, scopes=["edit"])]
_MOST_POINTS = 100
"""A longer list is not edited on the page, since the form replaces it."""
_MORE = 2
"""How many empty fields a list ends with."""


class Point(NamedTuple):
    """A phone or an email in the form."""

    value: str = ""
    label: str = ""


class Typed(NamedTuple):
    """What the form says. A list is None if it is too long to be edited here."""

    name: str
    phones: Sequence[Point] | None
    emails: Sequence[Point] | None
    attributes: Sequence[tuple[str, str]]
    version: str = ""


_NOTHING = Typed("", (), (), (("company", ""), ("title", "")))


@router.get("/new")
def new(seen: Edits) -> Response:
    """The form for a new contact."""
    return _form(seen, None, _NOTHING)


@router.post("/new")
async def enter(form: SentEdit) -> Response:
    """Enter a contact. It is merged with no other."""
    typed = _typed(form)
    attributes = {name: text or None for name, text in typed.attributes if name}
    entered = ContactEntered(
        source="dashboard",
        name=typed.name or None,
        phones=_written(typed.phones),
        emails=_written(typed.emails),
        attributes=attributes,
    )

    def command(log: AccountLog) -> Answer:
        made = enter_contact(log, entered, by=form.visit.caller.by)
        return Answer(200, (made.contact_id or "").encode())

    try:
        _check(typed)
        if not (typed.name or entered.phones or entered.emails or any(attributes.values())):
            raise Invalid("name", "is missing: enter a name, a number or an email")
        made = bytes((await form.do(command)).body).decode()
    except StoreUnusable:
        raise
    except Refused as refused:
        return _form(form.visit, None, typed, refused)
    return form.back(f"/contacts/{made}", f"{typed.name or 'The contact'} was entered.")


@router.get("/{contact_id}/edit")
def edit(seen: Edits, contact_id: str) -> Response:
    """The form with what a contact says."""
    with seen.account.log.reading() as reading:
        contact = show_contact(reading, contact_id)
    return _form(seen, contact, _said(contact))


@router.post("/{contact_id}/edit")
async def change(form: SentEdit, contact_id: str) -> Response:
    """Edit a contact: what the form says replaces what it showed."""
    typed, before = _typed(form), await form.read(show_contact, contact_id)
    cleared = {name: None for name in before.attributes if name not in dict(typed.attributes)}
    fields: dict[str, str | None] = {"name": typed.name or None, **cleared}
    fields |= {name: text or None for name, text in typed.attributes if name}
    changed = ContactEdit(
        fields=fields, phones=_written(typed.phones), emails=_written(typed.emails)
    )
    versions = frozenset({int(typed.version)} if typed.version.isdecimal() else ())

    def command(log: AccountLog) -> None:
        edit_contact(log, contact_id, changed, versions=versions, by=form.visit.caller.by)

    try:
        _check(typed)
        await form.do(command)
    except StoreUnusable:
        raise
    except Stale as refused:
        now = await form.read(show_contact, contact_id)
        return _form(form.visit, now, typed._replace(version=str(now.version)), refused)
    except Refused as refused:
        return _form(form.visit, before, typed, refused)
    return form.back(f"/contacts/{contact_id}", "Your changes are saved.")


@router.get("/{contact_id}/delete")
def ask_delete(seen: Edits, contact_id: str) -> Response:
    """What deleting a contact would do."""
    with seen.account.log.reading() as reading:
        contact = show_contact(reading, contact_id)
        activities = len(reading.activities(contact.id, limit=_MANY))
    return seen.page("delete.html", contact=contact, activities=activities, many=_MANY)


_MANY = 1_000


@router.post("/{contact_id}/delete")
async def delete(form: SentEdit, contact_id: str) -> Response:
    """Delete a contact."""
    contact = await form.read(show_contact, contact_id, also_deleted=True)
    by = form.visit.caller.by
    await form.do(lambda log: delete_contact(log, contact_id, by=by))
    return form.back(
        f"/contacts/{contact_id}", f"{called(contact)} is deleted. It can be restored here."
    )


@router.post("/{contact_id}/restore")
async def restore(form: SentEdit, contact_id: str) -> Response:
    """Bring a deleted contact back."""
    by = form.visit.caller.by

    def command(log: AccountLog) -> None:
        restore_contact(log, contact_id, by=by)

    await form.do(command)
    return form.back(f"/contacts/{contact_id}", "The contact is restored.")


def _said(contact: ContactDocument) -> Typed:
    """What a contact says, as the form shows it first."""
    return Typed(
        contact.name or "",
        _points(contact.phones),
        _points(contact.emails),
        [(name, each.value) for name, each in contact.attributes.items()],
        str(contact.version),
    )


def _points(points: Sequence[PointDocument]) -> list[Point] | None:
    if len(points) > _MOST_POINTS:
        return None
    return [
        Point(international(each.value) if each.matchable else each.written, each.label or "")
        for each in points
    ]


def _typed(form: Sent) -> Typed:
    """What somebody typed into the form."""
    lists = {
        kind: [
            Point(value, label)
            for value, label in zip(form.all(kind), form.all(f"{kind}_label"), strict=False)
            if value.strip()
        ]
        for kind in ("phones", "emails")
    }
    names, texts = form.all("attribute"), form.all("attribute_value")
    attributes = [
        (name.strip(), text)
        for name, text in zip(names, texts, strict=False)
        if name.strip() or text
    ]
    return Typed(
        form.get("name").strip(),
        lists["phones"] if "phones" in form.fields else None,
        lists["emails"] if "emails" in form.fields else None,
        attributes,
        form.get("version"),
    )


def _check(typed: Typed) -> None:
    """Check what the use case cannot see. Raises Invalid."""
    names = [name for name, _ in typed.attributes]
    if "" in names:
        raise Invalid("attributes", "a value has no name")
    if len(set(names)) < len(names):
        raise Invalid("attributes", "two have the same name")


def _written(points: Sequence[Point] | None) -> list[Written] | None:
    if points is None:
        return None
    return [
        (each.value.strip(), each.label.strip() or None) for each in points if each.value.strip()
    ]


_OF_A_LIST = re.compile(r"(phones|emails)\[(\d+)\].*")
_ONE = {"phones": "number", "emails": "email"}


def _named(field: str) -> str:
    """A field as the form calls it: `number 2`."""
    found = _OF_A_LIST.fullmatch(field)
    return f"{_ONE[found[1]]} {int(found[2]) + 1}" if found else field


def _form(
    seen: Visit, contact: ContactDocument | None, typed: Typed, refused: Refused | None = None
) -> Response:
    status = 200 if refused is None else 409 if isinstance(refused, Conflict | Stale) else 422
    return seen.page(
        "contact_form.html",
        status,
        contact=contact,
        typed=typed,
        refused=refused,
        wrong=f"{_named(refused.field)} {refused.reason}" if isinstance(refused, Invalid) else None,
        field=refused.field if isinstance(refused, Invalid) else "",
        stale=isinstance(refused, Stale),
        more=[Point()] * _MORE,
    )
