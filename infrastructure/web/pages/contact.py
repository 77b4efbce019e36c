"""One contact: what it says and why, what happened to it, and how it came to be."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fastapi import APIRouter, Response

from application.documents.contacts import ContactDocument, PointDocument, RecordDocument
from application.documents.merges import MergeDocument
from application.reads.contacts import show_contact
from application.reads.merges import MergeFilter, list_merges
from application.reads.timeline import timeline
from domain.records import Source
from infrastructure.web.pages.visit import Reads

router = APIRouter(prefix="/accounts/{account}/contacts/{contact_id}", include_in_schema=False)

_SOURCES: dict[Source, str] = {
    "csv": "file",
    "api": "API",
    "dashboard": "dashboard",
    "phone_app": "phone app",
    "integration": "integration",
}
_PAGE = 25
_MOST_RECORDS = 8
"""How many records are shown side by side, and how many merges the picture has."""


@router.get("")
def contact(seen: Reads, contact_id: str, cursor: str | None = None) -> Response:
    """A contact."""
    with seen.account.log.reading() as reading:
        document = show_contact(reading, contact_id, also_deleted=True)
        happened = timeline(reading, contact_id, limit=_PAGE, cursor=cursor)
        merges = list_merges(reading, MergeFilter(document.id), limit=50)
        if document.deleted:  # it says nothing, and is called what it was called
            name = reading.record_names([document.id]).get(document.id)
            document = document.model_copy(update={"name": name})
    files = {item.record: item.file for item in happened.items if item.record and item.file}
    records = document.records or []
    sources = {each.id: _source(each, files.get(each.id)) for each in records}
    in_force = {each.id for each in merges.items if each.undone_at is None}
    return seen.page(
        "contact.html",
        contact=document,
        points=[
            *((each, "phone", _chips(each, sources)) for each in document.phones),
            *((each, "email", _chips(each, sources)) for each in document.emails),
        ],
        sources=sources,
        records=records[:_MOST_RECORDS],
        fields=_fields(document, records[:_MOST_RECORDS]),
        happened=happened,
        merges=merges,
        in_force=in_force,
        picture=_picture(document, merges.items),
        cursor=cursor,
    )


def _source(record: RecordDocument, file: str | None) -> str:
    """Where a record is from: `hubspot 401`, `contacts.csv`."""
    if record.integration is not None:
        return f"{record.integration} {record.external_id}"
    return file or _SOURCES[record.source]


def _chips(point: PointDocument, sources: Mapping[str, str]) -> list[str]:
    """Where a phone or an email is from, the first sources and how many more."""
    named = list(dict.fromkeys(sources[each] for each in point.records if each in sources))[:3]
    more = point.records_total - len(point.records[:3])
    by_hand = ["by hand"] if point.by_hand else []
    return [*by_hand, *named, *([f"{more} more"] if more > 0 and len(named) == 3 else [])]


class Field(NamedTuple):
    """A field of the records side by side: what each says, and the one that is shown."""

    name: str
    said: Sequence[str]
    shown: str | None


def _fields(contact: ContactDocument, records: Sequence[RecordDocument]) -> list[Field]:
    names = list(dict.fromkeys(name for each in records for name in each.attributes))
    shown = {name: each.value for name, each in contact.attributes.items()}
    fields = [Field("name", [each.name or "" for each in records], contact.name)]
    return fields + [
        Field(name, [each.attributes.get(name, "") for each in records], shown.get(name))
        for name in names
    ]


class Node(NamedTuple):
    """What was merged into a contact, in the picture: how, and whether it was undone."""

    top: int
    name: str
    how: str
    merge: MergeDocument


class Picture(NamedTuple):
    """How a contact came to be: what it was first, and its merges, the oldest at the top."""

    height: int
    first: str
    nodes: list[Node]


def _picture(contact: ContactDocument, merges: Sequence[MergeDocument]) -> Picture:
    oldest_first = [each for each in reversed(merges) if each.survivor == contact.id]
    nodes = [
        Node(100 + 56 * place, _short(each.absorbed_name or "no name"), _how(each), each)
        for place, each in enumerate(oldest_first[: _MOST_RECORDS - 1])
    ]
    first = oldest_first[0].survivor_name if oldest_first else None
    return Picture(100 + 56 * len(nodes), _short(first or "no name"), nodes)


def _how(merge: MergeDocument) -> str:
    kinds = list(dict.fromkeys(each.kind for each in merge.decision.matched))
    return " and ".join(kinds) if kinds else "by hand"


def _short(name: str) -> str:
    return name if len(name) <= 17 else f"{name[:16]}…"
