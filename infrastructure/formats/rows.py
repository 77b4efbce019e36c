"""A row of a file as a record, by what its columns are."""

from collections.abc import Sequence

from domain.cells import split_cell
from domain.countries import not_understood, region_of
from domain.emails import canonical_email
from domain.phone_texts import is_shortened, names_a_fax
from domain.phones import canonical_phone, is_valid_phone
from domain.records import NO_IDENTIFIER, Record, ValueRefused, Written, read_record
from infrastructure.formats.columns import Columns, in_one_line
from infrastructure.formats.contents import before_direct_line
from infrastructure.formats.exported_rows import read_exported
from infrastructure.formats.header_words import says_another
from infrastructure.formats.table import Row

_LONGEST_LOCAL = 8
"""The most digits of a number within an area."""


def read_row(row: Row, columns: Columns, region: str | None) -> Record:
    """One row as a record. Raises ValueRefused, which names the field by its column.

    `region`: two letters, the region of phones in a row without a country.
    """
    _check(row, len(columns.header))
    if columns.exported is not None:
        return read_exported(row, columns.exported, region)
    cells, of_account = row.cells, region
    if columns.countries:
        region = region_of((_cell(cells, place) for place in columns.countries), region)
    attributes = {
        name: cells[place] for place, name in columns.attributes.items() if place < len(cells)
    }
    for place, name in columns.instead.items():
        if _cell(cells, place).strip() and not attributes.get(name, "").strip():
            attributes[name] = attributes.pop(columns.attributes[place])
    if columns.labels:
        for label, others in _of_others(cells, columns).items():
            attributes.setdefault(label, others)
    try:
        return read_record(
            source="csv",
            region=region,
            external_id=row.external_id,
            name=_name(cells, columns),
            phones=_values(cells, "phones", columns, region),
            emails=_values(cells, "emails", columns, region),
            attributes=attributes,
        )
    except ValueRefused as refused:
        field = _column_of(refused.field, cells, columns, region)
        reason = refused.reason
        if reason == NO_IDENTIFIER:
            reason += _why_not_matchable(cells, columns, of_account)
        raise ValueRefused(field, reason) from None


def _check(row: Row, width: int) -> None:
    if row.wrong is not None:
        raise ValueRefused("row", row.wrong)
    if len(row.cells) > width and any(row.cells[width:]):
        raise ValueRefused("row", f"has {len(row.cells)} cells, the header has {width}")


def _why_not_matchable(cells: Sequence[str], columns: Columns, region: str | None) -> str:
    """What to add to the reason if a row's phones were shortened, or lack only their country.

    `region`: that of the account; without one each number could be of the country.
    """
    phones = [value for place in columns.phones for value in split_cell(_cell(cells, place), None)]
    shortened = next(filter(is_shortened, phones), None)
    if shortened:
        lost = f"a spreadsheet left out the last digits of `{shortened}`"
        return f": {lost}; format the column as text and export it again"
    country = not_understood(_cell(cells, place) for place in columns.countries)
    if country and any(region is None or canonical_phone(phone, region) for phone in phones):
        return f": the country `{' '.join(country.split())[:40]}` is not understood"
    return ""


def _column_of(field: str, cells: Sequence[str], columns: Columns, region: str | None) -> str:
    """The column that a record's field comes from: that of `phones[3]` is the fourth phone's."""
    name, bracket, index = field.partition("[")
    places = _places(name, columns)
    if not places or not bracket:
        return " ".join(field.removeprefix("attributes.").split())
    of_values = [place for place in places for _ in _told_more(cells, place, name, columns, region)]
    place = of_values[int(index.partition("]")[0])]
    return in_one_line(columns.header[place], place)


def _places(kind: str, columns: Columns) -> Sequence[int]:
    """The columns with phones or emails. `kind`: `phones` or `emails`, else there are none."""
    return {"phones": columns.phones, "emails": columns.emails}.get(kind, ())


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _name(cells: Sequence[str], columns: Columns) -> str:
    name = _cell(cells, columns.name)
    if name.strip():
        return name
    parts = (_cell(cells, place).strip() for place in columns.name_parts)
    return " ".join(part for part in parts if part)


def _values(
    cells: Sequence[str], kind: str, columns: Columns, region: str | None
) -> list[Written] | None:
    """The values of a row's phone or email columns; None if the file has no such columns."""
    places = _places(kind, columns)
    if not places:
        return None
    if not (columns.labels or columns.extensions or columns.area_codes) and not (
        columns.either or columns.direct_lines
    ):
        return [value for place in places for value in split_cell(_cell(cells, place), region)]
    return [value for place in places for value in _told_more(cells, place, kind, columns, region)]


def _told_more(
    cells: Sequence[str], place: int, kind: str, columns: Columns, region: str | None
) -> list[Written]:
    """The values of a cell with what the columns beside it say: a label, an extension."""
    label = _label(cells, place, columns)
    if _is_anothers(label):
        return []
    values = split_cell(_cell(cells, place), region)
    if place in columns.either:
        values = [value for value in values if _kind_of(value, region) == kind]
    area_code = _cell(cells, columns.area_codes.get(place)).strip()
    if values and area_code:
        values = [_with_area_code(area_code, value, region) for value in values]
    if place in columns.direct_lines:
        last = _cell(cells, columns.direct_lines[place]).strip()
        values = [whole for value in values if (whole := _direct_line(value, last, region))]
    extension = _cell(cells, columns.extensions.get(place)).strip()
    if values and extension.isdecimal():
        values[0] = f"{values[0]} ext. {extension}"
    return [(value, label) if label else value for value in values]


def _kind_of(value: str, region: str | None) -> str:
    """What a value is in a column that holds phones and emails."""
    is_email = "@" in value and canonical_email(value) and not is_valid_phone(value, region)
    return "emails" if is_email else "phones"


def _with_area_code(area_code: str, number: str, region: str | None) -> str:
    """A number after its area code, if it is valid with it and says none itself.

    In some countries, such as Germany, nearly all digits are a valid number, so a short one without
    a 0 in front is taken as local. A calling code (`+49`) goes before whatever has none.
    """
    digits = "".join(filter(str.isdecimal, number))
    says_country = number.startswith(("+", "00"))
    if area_code.startswith(("+", "00")):
        is_local = not says_country
    else:
        has_code = digits.startswith(("0", area_code.strip("() ").lstrip("0")))
        is_local = not says_country and not has_code and len(digits) <= _LONGEST_LOCAL
    if not is_local and is_valid_phone(number, region):
        return number
    whole = f"{area_code} {number}"
    return whole if is_valid_phone(whole, region) else number


def _direct_line(switchboard: str, last: str, region: str | None) -> str | None:
    """A person's number at a company, by its last digits: without them there is none."""
    before = before_direct_line(switchboard)
    whole = f"{before}{last}"
    return whole if before and last.isdecimal() and is_valid_phone(whole, region) else None


def _label(cells: Sequence[str], place: int, columns: Columns) -> str:
    """The label of a cell's values. Google writes `* Mobile` for the usual one."""
    return _cell(cells, columns.labels.get(place)).strip(" *")


def _is_anothers(label: str) -> bool:
    """Whether a label says that its value is a fax's, a pager's or somebody else's."""
    return bool(label) and (says_another(label) or names_a_fax(label))


def _of_others(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    """The values that a label says are others', by what it says: `fax`, `assistant`."""
    found: dict[str, list[str]] = {}
    for place in columns.labels:
        label, value = _label(cells, place, columns), _cell(cells, place).strip()
        if value and _is_anothers(label):
            name = "fax" if names_a_fax(label) else " ".join(label.casefold().split())
            found.setdefault(name, []).append(value)
    return {name: "; ".join(values) for name, values in found.items()}
