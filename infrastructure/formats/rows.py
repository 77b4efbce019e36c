"""A row of a file as a record, by what its columns are."""

from collections.abc import Sequence

from domain.cells import split_cell
from domain.countries import not_understood, region_of
from domain.phone_texts import is_shortened, names_a_fax
from domain.phones import canonical_phone
from domain.records import NO_IDENTIFIER, Record, ValueRefused, Written, read_record
from infrastructure.formats.columns import Columns, in_one_line
from infrastructure.formats.table import Row


def read_row(row: Row, columns: Columns, region: str | None) -> Record:
    """One row as a record. Raises ValueRefused, which names the field by its column.

    `region`: two letters, the region of phones in a row without a country.
    """
    if row.wrong is not None:
        raise ValueRefused("row", row.wrong)
    cells, width = row.cells, len(columns.header)
    if len(cells) > width and any(cells[width:]):
        raise ValueRefused("row", f"has {len(cells)} cells, the header has {width}")
    of_account = region
    if columns.countries:
        region = region_of((_cell(cells, place) for place in columns.countries), region)
    attributes = {
        name: cells[place] for place, name in columns.attributes.items() if place < len(cells)
    }
    for place, name in columns.instead.items():
        if _cell(cells, place).strip() and not attributes.get(name, "").strip():
            attributes[name] = attributes.pop(columns.attributes[place])
    if columns.labels and (faxes := _faxes(cells, columns)):
        attributes.setdefault("fax", faxes)
    try:
        return read_record(
            source="csv",
            region=region,
            name=_name(cells, columns),
            phones=_values(cells, columns.phones, columns, region),
            emails=_values(cells, columns.emails, columns, region),
            attributes=attributes,
        )
    except ValueRefused as refused:
        field = _column_of(refused.field, cells, columns, region)
        reason = refused.reason
        if reason == NO_IDENTIFIER:
            reason += _why_not_matchable(cells, columns, of_account)
        raise ValueRefused(field, reason) from None


def _why_not_matchable(cells: Sequence[str], columns: Columns, region: str | None) -> str:
    """What to add to the reason if a row's phones were shortened, or lack only their country.

    `region`: that of the account; without one each number could be of the country.
    """
    phones = [value for place in columns.phones for value in split_cell(_cell(cells, place), None)]
    shortened = next(filter(is_shortened, phones), None)
    if shortened:
        return f": a spreadsheet left out the last digits of `{shortened}`"
    country = not_understood(_cell(cells, place) for place in columns.countries)
    if country and any(region is None or canonical_phone(phone, region) for phone in phones):
        return f": the country `{' '.join(country.split())[:40]}` is not understood"
    return ""


def _column_of(field: str, cells: Sequence[str], columns: Columns, region: str | None) -> str:
    """The column that a record's field comes from: that of `phones[3]` is the fourth phone's."""
    name, bracket, index = field.partition("[")
    places = {"phones": columns.phones, "emails": columns.emails}.get(name)
    if places is None or not bracket:
        return " ".join(field.removeprefix("attributes.").split())
    of_values = [place for place in places for _ in _told_more(cells, place, columns, region)]
    place = of_values[int(index.partition("]")[0])]
    return in_one_line(columns.header[place], place)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _name(cells: Sequence[str], columns: Columns) -> str:
    name = _cell(cells, columns.name)
    if name.strip():
        return name
    parts = (_cell(cells, place).strip() for place in columns.name_parts)
    return " ".join(part for part in parts if part)


def _values(
    cells: Sequence[str], places: Sequence[int], columns: Columns, region: str | None
) -> list[Written] | None:
    """The values of a row's phone or email columns; None if the file has no such columns."""
    if not places:
        return None
    if not columns.labels and not columns.extensions:
        return [value for place in places for value in split_cell(_cell(cells, place), region)]
    return [value for place in places for value in _told_more(cells, place, columns, region)]


def _told_more(
    cells: Sequence[str], place: int, columns: Columns, region: str | None
) -> list[Written]:
    """The values of a cell with what the columns beside it say: a label, an extension."""
    label = _label(cells, place, columns)
    if names_a_fax(label):
        return []
    values = split_cell(_cell(cells, place), region)
    extension = _cell(cells, columns.extensions.get(place)).strip()
    if values and extension.isdecimal():
        values[0] = f"{values[0]} ext. {extension}"
    return [(value, label) if label else value for value in values]


def _label(cells: Sequence[str], place: int, columns: Columns) -> str:
    """The label of a cell's values. Google writes `* Mobile` for the usual one."""
    return _cell(cells, columns.labels.get(place)).strip(" *")


def _faxes(cells: Sequence[str], columns: Columns) -> str:
    """The values that are labelled as a fax, which is no phone."""
    places = [place for place in columns.labels if names_a_fax(_label(cells, place, columns))]
    return "; ".join(filter(None, (_cell(cells, place).strip() for place in places)))
