"""A contact in a file that this program exports: its values, and the columns that they stand in.

Each value stands in a cell of its own, as it is, under a column that says exactly what it is. The
first column has the contact's id; by its name such a file is known when it is imported again:
exported_rows.py.

| column                              | holds                                                      |
| ----------------------------------- | ---------------------------------------------------------- |
| `Contact-Merging ID`                | the id                                                     |
| `Name`                              | the name                                                   |
| `Phone 1 - Label`, `Phone 1 - Value`| a phone; from the 50th on several in a cell, one a line    |
| `E-mail 1 - Label`, …               | an email, in the same way                                  |
| `city`                              | the attribute of this name                                 |
| `Attribute 1 - Name`, `… - Value`   | an attribute whose name cannot be that of a column         |
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from application.documents.contacts import ContactDocument, PointDocument
from application.refusals import Refused
from domain.records import MAX_TEXT
from infrastructure.formats.table import MOST_COLUMNS

ID, NAME = "Contact-Merging ID", "Name"
PHONE, EMAIL, ATTRIBUTE = "Phone", "E-mail", "Attribute"
FIRST_OF_SEVERAL = 50
"""The number of the first column that holds several phones, or emails."""
NUMBERED = re.compile(rf"({PHONE}|{EMAIL}|{ATTRIBUTE}) ([1-9][0-9]{{0,4}}) - (Label|Name|Value)")
_KINDS = (PHONE, EMAIL, ATTRIBUTE)
_MOST_ATTRIBUTES = 1_000
"""The largest number of attributes with columns of their own."""
_LONGEST_NAME = 200
"""The largest number of characters of such a column's name."""
_IDS = re.compile(r"[0-9a-z]{16}")

Labelled = tuple[str, str]
"""A phone or an email after its label, which may be empty."""


class Exported(NamedTuple):
    """The values of a contact. `attributes`: each after its name."""

    id: str
    name: str
    phones: list[Labelled]
    emails: list[Labelled]
    attributes: list[tuple[str, str]]


def exported(contact: ContactDocument) -> Exported:
    """What a contact shows, as it is exported."""
    return Exported(
        contact.id,
        contact.name or "",
        _labelled(contact.phones),
        _labelled(contact.emails),
        [(name, each.value) for name, each in contact.attributes.items()],
    )


def _labelled(points: Sequence[PointDocument]) -> list[Labelled]:
    return [(each.label or "", each.value) for each in points]


def is_id(text: str) -> bool:
    """Whether a text is the id of a contact, here or in another account."""
    return _IDS.fullmatch(text) is not None


class TableColumns:
    """The columns of a table of contacts: only those that some contact needs."""

    def __init__(self) -> None:
        self._attributes: dict[str, None] = {}
        self._numbered: set[str] = set()

    def add(self, contact: Exported) -> None:
        """Make room for a contact."""
        for name, _ in contact.attributes:
            if len(self._attributes) < _MOST_ATTRIBUTES and _may_be_column(name):
                self._attributes[name] = None
        self._numbered |= cells_of(contact, self._attributes).keys() - self._attributes.keys()

    def header(self) -> list[str]:
        """The names of the columns in order. Raises Refused if they are too many."""
        header = in_order({*self._numbered, *self._attributes})
        if len(header) > MOST_COLUMNS:
            raise Refused(
                f"the contacts need {len(header):,} columns, a table has {MOST_COLUMNS:,} at most; "
                "export them as vcard"
            )
        return header

    def cells(self, contact: Exported, header: Sequence[str]) -> list[str]:
        """The cells of a contact that was added."""
        cells = cells_of(contact, self._attributes)
        return [cells.get(column, "") for column in header]


def cells_of(contact: Exported, attributes: Collection[str]) -> dict[str, str]:
    """The cells of a contact by column. `attributes`: those with a column of their own."""
    cells = {ID: contact.id, NAME: contact.name}
    for kind, points in ((PHONE, contact.phones), (EMAIL, contact.emails)):
        for number, (label, value) in enumerate(points[: FIRST_OF_SEVERAL - 1], start=1):
            if label:
                cells[f"{kind} {number} - Label"] = label
            cells[f"{kind} {number} - Value"] = value
        further = _in_lines([value for _, value in points[FIRST_OF_SEVERAL - 1 :]])
        for number, lines in enumerate(further, start=FIRST_OF_SEVERAL):
            cells[f"{kind} {number} - Value"] = lines
    number = 0
    for name, value in contact.attributes:
        if name in attributes:
            cells[name] = value
        else:
            number += 1
            cells[f"{ATTRIBUTE} {number} - Name"] = name
            cells[f"{ATTRIBUTE} {number} - Value"] = value
    return cells


def _in_lines(values: Sequence[str]) -> Iterator[str]:
    """Values one a line, as many together as fit into a cell of a spreadsheet."""
    lines = ""
    for value in values:
        if lines and len(lines) + 1 + len(value) >= MAX_TEXT:
            yield lines
            lines = ""
        lines = f"{lines}\n{value}" if lines else value
    if lines:
        yield lines


def in_order(columns: Collection[str]) -> list[str]:
    """Columns as they stand in a table, the id first."""
    return [ID, NAME, *sorted({*columns} - {ID, NAME}, key=_place)]


def _place(column: str) -> tuple[int, int, str]:
    """Phones, emails, attributes by name, then those whose names stand in cells."""
    if found := NUMBERED.fullmatch(column):
        return _KINDS.index(found[1]), int(found[2]), found[3]
    return _KINDS.index(ATTRIBUTE), 0, column


def _may_be_column(name: str) -> bool:
    """Whether an attribute's name can be that of a column, and is no other one's."""
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and name == name.strip()
        and name not in {ID, NAME}
        and NUMBERED.fullmatch(name) is None
    )
