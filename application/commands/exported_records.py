"""Contacts that were exported and come back in a file."""

import re
from collections.abc import Iterable

from application.ports import Work
from domain.identifiers import ContactPoint
from domain.records import Record

_LINE_END = re.compile(r"\r\n?")


def exported_from(work: Work, record: Record) -> str | None:
    """The live contact whose id a record of a file has, if it shows all that the record says.

    Then the record says nothing new, and there is nothing to decide or to record. Otherwise it is
    a record like any other. Rules: "Exported contacts".
    """
    if record.source != "csv" or record.external_id is None:
        return None
    head = work.survivor(record.external_id)
    if head is None or not head.is_live:
        return None
    contact = work.shown(head.contact_id, lists=True)
    # Pairs: the names of two attributes may differ in nothing but their line ends.
    shown = {(_plain(name), _plain(said.value)) for name, said in contact.shown.attributes.items()}
    shows_all = (
        all((_plain(name), _plain(value)) in shown for name, value in record.fields.items())
        and _are_among(record.phones, contact.phones)
        and _are_among(record.emails, contact.emails)
    )
    return head.contact_id if shows_all else None


def _are_among(points: Iterable[ContactPoint] | None, shown: Iterable[str]) -> bool:
    """Whether a contact shows some phones, or emails: in canonical form or as they are written."""
    known = {_plain(each) for each in shown}
    return all(point.key in known or _plain(point.written) in known for point in points or ())


def _plain(text: str) -> str:
    """A text as every format of files keeps it: some know only one kind of line end."""
    return _LINE_END.sub("\n", text).strip()
