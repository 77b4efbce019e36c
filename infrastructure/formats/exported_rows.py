"""Files that this program exported, read again: each cell is exactly the value that it shows.

Nothing is guessed from words or values, and no cell is taken apart. The columns: exported.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.countries import region_of
from domain.records import Record, ValueRefused, Written, read_record
from infrastructure.formats.exported import (
    ATTRIBUTE,
    EMAIL,
    FIRST_OF_SEVERAL,
    ID,
    NAME,
    NUMBERED,
    PHONE,
)
from infrastructure.formats.table import Row

_COUNTRY = "country"
"""The attribute that says the region of phones without `+`, which somebody may have added."""


class ValueColumn(NamedTuple):
    """Where a value and its label, or its name, stand. `several`: values one a line."""

    label: int | None
    value: int
    several: bool


class ExportedColumns(NamedTuple):
    """Places of the columns of a file that was exported."""

    header: tuple[str, ...]
    id: int
    name: int | None
    phones: tuple[ValueColumn, ...]
    emails: tuple[ValueColumn, ...]
    attributes: tuple[tuple[str, int], ...]
    pairs: tuple[ValueColumn, ...]
    """Attributes whose names stand in cells."""
    country: int | None


def is_exported(header: Sequence[str]) -> bool:
    """Whether a row is the header of a file that was exported."""
    return ID in header


def exported_columns(header: Sequence[str]) -> ExportedColumns:
    """The columns of such a file, in whatever order they stand now."""
    places = {column: place for place, column in reversed([*enumerate(header)])}
    own = [
        (column, place)
        for column, place in places.items()
        if column.strip() and column not in {ID, NAME} and not NUMBERED.fullmatch(column)
    ]
    return ExportedColumns(
        tuple(header),
        places[ID],
        places.get(NAME),
        tuple(_numbered(PHONE, places)),
        tuple(_numbered(EMAIL, places)),
        tuple(own),
        tuple(each for each in _numbered(ATTRIBUTE, places) if each.label is not None),
        places.get(_COUNTRY),
    )


def _numbered(kind: str, places: Mapping[str, int]) -> Iterator[ValueColumn]:
    found = [each for column in places if (each := NUMBERED.fullmatch(column))]
    numbers = sorted(int(each[2]) for each in found if each[1] == kind and each[3] == "Value")
    said = "Name" if kind == ATTRIBUTE else "Label"
    for number in numbers:
        yield ValueColumn(
            places.get(f"{kind} {number} - {said}"),
            places[f"{kind} {number} - Value"],
            kind != ATTRIBUTE and number >= FIRST_OF_SEVERAL,
        )


def what_becomes(columns: ExportedColumns) -> Iterator[tuple[str, str]]:
    """Each column and what it becomes, in words."""
    known: dict[int | None, str] = {columns.id: "id", columns.name: "name"}
    known |= {place: f"attribute `{name}`" for name, place in columns.attributes}
    for what, said, those in (
        ("phone", "label", columns.phones),
        ("email", "label", columns.emails),
        ("attribute", "name", columns.pairs),
    ):
        known |= {each.label: f"{said} of the {what} beside it" for each in those}
        known |= {each.value: what for each in those}
    for place, column in enumerate(columns.header):
        yield column.strip() or f"Column {place + 1}", known.get(place, "left out")


def read_exported(row: Row, columns: ExportedColumns, region: str | None) -> Record:
    """One row as a record. Raises ValueRefused, which names the field by its column.

    `region`: two letters, that of phones without `+` in a row without a country.
    """

    def cell(place: int | None) -> str:
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def points(those: Sequence[ValueColumn]) -> list[tuple[Written, int]]:
        return [
            ((value, cell(each.label) or None), each.value)
            for each in those
            for value in (cell(each.value).split("\n") if each.several else [cell(each.value)])
        ]

    phones, emails = points(columns.phones), points(columns.emails)
    cells, width = row.cells, len(row.cells)
    attributes = {
        name: cells[place] for name, place in columns.attributes if place < width and cells[place]
    }
    attributes |= {
        cell(each.label): cells[each.value]
        for each in columns.pairs
        if each.value < width and cells[each.value]
    }
    try:
        return read_record(
            source="csv",
            region=region_of([cell(columns.country)], region),
            external_id=row.external_id,
            name=cell(columns.name),
            phones=[written for written, _ in phones],
            emails=[written for written, _ in emails],
            attributes=attributes,
        )
    except ValueRefused as refused:
        field, _, index = refused.field.partition("[")
        of_values = {"phones": phones, "emails": emails}.get(field)
        if of_values and index:
            place = of_values[int(index.partition("]")[0])][1]
            raise ValueRefused(columns.header[place], refused.reason) from None
        field = " ".join(refused.field.removeprefix("attributes.").split())
        raise ValueRefused(field, refused.reason) from None
