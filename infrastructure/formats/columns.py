"""What a file's columns become: by their names, else by their values.

Order of this file: the columns of a file, then how each is decided, then how some belong together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from application.refusals import Refused
from infrastructure.formats.column_names import (
    AREA_CODE,
    EITHER,
    EXTENSION,
    LABELS,
    NAME_PARTS,
    SWITCHBOARD,
    Meant,
    by_name,
    by_partners,
    by_values,
)
from infrastructure.formats.column_pairs import columns_of, pairs
from infrastructure.formats.contents import are_emails, are_one_for_many, are_phones
from infrastructure.formats.exported_rows import (
    ExportedColumns,
    exported_columns,
    is_exported,
    what_becomes,
)
from infrastructure.formats.header_words import Named, puts_family_name_first, read_names
from infrastructure.formats.whose_columns import of_the_person

FIELDS = ("name", *NAME_PARTS, "phone", "email", "country", EXTENSION, AREA_CODE, "ignore")
"""What a person can map a column to, besides the name of an attribute."""
_MOST_LISTED = 500
_VALUES = {"phone", "email", EITHER, SWITCHBOARD}
_MANY_NAMES = 3
"""A value beside so many different names is hardly each one's own."""
_MOST_SHOWN = 80
_CELLS_LOOKED_AT = 40_000


class Understood(NamedTuple):
    """What a column becomes, and why: both in words."""

    column: str
    becomes: str
    because: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns, from 0.

    `countries`: the region of phones, and also attributes; `instead`: the attribute that a column
    stands for in rows where the first column of that kind is blank, such as the city at home
    instead of that at work; `either`: those of `phones` and `emails` that hold both kinds;
    `labels`, `extensions` and `area_codes`: the column that belongs to a phone's or an email's;
    `direct_lines`: the column with the last digits of a number, by that of the switchboard's;
    `exported`: where everything stands in a file that this program exported.
    `warnings`: what may be lost, in whole sentences.
    """

    header: tuple[str, ...]
    name: int | None = None
    name_parts: tuple[int, ...] = ()
    phones: tuple[int, ...] = ()
    emails: tuple[int, ...] = ()
    countries: tuple[int, ...] = ()
    attributes: Mapping[int, str] = field(default_factory=dict)
    instead: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[int, int] = field(default_factory=dict)
    extensions: Mapping[int, int] = field(default_factory=dict)
    area_codes: Mapping[int, int] = field(default_factory=dict)
    direct_lines: Mapping[int, int] = field(default_factory=dict)
    either: frozenset[int] = frozenset()
    exported: ExportedColumns | None = None
    understood: tuple[Understood, ...] = field(default=(), compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)


def recognise(
    header: Sequence[str],
    mapping: Mapping[str, str] | None = None,
    *,
    rows: Sequence[Sequence[str]] = (),
    region: str | None = None,
    groups: Sequence[str] = (),
) -> Columns:
    """Find out what the columns of a file are.

    `mapping`: COLUMN to FIELD, which is one of FIELDS or the name of an attribute; it takes
    precedence. `rows`: the first rows, which decide where names say nothing; `region`: that of
    their phones; `groups`: what stands above each column, such as `Company`. Raises Refused if a
    mapped column is missing, or no column holds phones or emails.
    """
    if not mapping and is_exported(header):
        return _exported(exported_columns(header))
    given = _given(header, mapping or {})
    values = _values_of_columns(rows, len(header))
    named = read_names(
        [" ".join(filter(None, each)) for each in zip_longest(groups, header, fillvalue="")]
    )
    meant = [
        Meant(each, "you said so") if each else by_name(name)
        for each, name in zip(given, named, strict=True)
    ]
    has_phone = any(each.becomes == "phone" for each in meant)
    meant = [
        each if said else by_values(each, column, region, has_phone=has_phone)
        for each, said, column in zip(meant, given, values, strict=True)
    ]
    meant = of_the_person(header, meant, given, values)
    meant = by_partners(meant, values)
    columns = _columns(header, named, meant, values, region)
    if not columns.phones and not columns.emails:
        raise Refused(
            f"no column holds phones or emails among {_listed(header)}; "
            f"map a column to `phone` or `email`{_left_to_others(header, values, meant, region)}"
        )
    return columns


def _exported(columns: ExportedColumns) -> Columns:
    because = "contact-merging exported it"
    understood = (Understood(*each, because) for each in what_becomes(columns))
    return Columns(columns.header, exported=columns, understood=tuple(understood))


def _left_to_others(
    header: Sequence[str],
    values: Sequence[Sequence[str]],
    meant: Sequence[Meant],
    region: str | None,
) -> str:
    """What to say of a column with phones or emails that are somebody else's."""
    for place, each in enumerate(meant):
        found = are_phones(values[place], region, bare=False) or are_emails(values[place])
        if found and each.becomes is None:
            return f" (`{in_one_line(header[place], place)[:_MOST_SHOWN]}`: {each.because})"
    return ""


def _given(header: Sequence[str], mapping: Mapping[str, str]) -> list[str | None]:
    """The field that a person gives each column."""
    if any("\0" in each for each in mapping.values()):
        raise Refused("mapping: the name of an attribute contains a NUL character")
    given = {column.strip().casefold(): each for column, each in mapping.items()}
    names = [column.strip() or f"Column {place}" for place, column in enumerate(header, start=1)]
    there = {name.casefold() for name in names}
    missing = [column for column in mapping if column.strip().casefold() not in there]
    if missing:
        column = " ".join(missing[0].split())
        raise Refused(f"mapping: the file has no column `{column}`; it has {_listed(header)}")
    return [given.get(name.casefold()) for name in names]


def in_one_line(column: str, place: int) -> str:
    """The name of a column in a message: without line ends, and never empty."""
    return " ".join(column.split()) or f"Column {place + 1}"


def _listed(header: Sequence[str]) -> str:
    names = (in_one_line(column, place) for place, column in enumerate(header))
    return ", ".join(names)[:_MOST_LISTED]


def _values_of_columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """The values of each column in the first rows."""
    rows = rows[: max(20, _CELLS_LOOKED_AT // max(1, width))]
    return [[row[place] for row in rows if place < len(row)] for place in range(width)]


def _columns(
    header: Sequence[str],
    named: Sequence[Named],
    meant: Sequence[Meant],
    values: Sequence[Sequence[str]],
    region: str | None,
) -> Columns:
    places = {
        each: [place for place, m in enumerate(meant) if m.becomes == each]
        for each in {*FIELDS, *LABELS.values(), EITHER, SWITCHBOARD}
    }
    called = columns_of(header, named, meant)
    # A label and an area code usually stand before their value, an extension after its phone.
    labels = {
        value: label
        for kind, name in LABELS.items()
        for value, label in pairs(places[name], kind, called, (1, -1))
    }
    direct_lines = dict(pairs(places[EXTENSION], SWITCHBOARD, called, (-1,)))
    others = [place for place in places[EXTENSION] if place not in direct_lines.values()]
    extensions = dict(pairs(others, "phone", called, (-1, 1)))
    area_codes = dict(pairs(places[AREA_CODE], "phone", called, (1, -1)))
    told = (labels, extensions, area_codes, direct_lines)
    used = {place for each in told for place in each.values()}
    attributes = _attributes(header, meant, used)
    columns = Columns(
        header=tuple(header),
        name=next(iter(places["name"]), None),
        name_parts=tuple(places[part][0] for part in _order_of_parts(header) if places[part]),
        phones=tuple(sorted(places["phone"] + places[EITHER] + places[SWITCHBOARD])),
        emails=tuple(sorted(places["email"] + places[EITHER])),
        countries=tuple(sorted(places["country"], key=lambda each: bool(meant[each].whose))),
        attributes=attributes,
        instead=_instead(meant, attributes),
        labels=labels,
        extensions=extensions,
        area_codes=area_codes,
        direct_lines=direct_lines,
        either=frozenset(places[EITHER]),
    )
    return Columns(
        **{name: getattr(columns, name) for name in Columns.__slots__[:-2]},
        understood=tuple(_understood(columns, meant)),
        warnings=tuple(_warnings(columns, meant, values, region)),
    )


def _order_of_parts(header: Sequence[str]) -> tuple[str, ...]:
    given, family = NAME_PARTS[:2], NAME_PARTS[2:]
    return (*family, *given) if puts_family_name_first(header) else NAME_PARTS


def _instead(meant: Sequence[Meant], attributes: Mapping[int, str]) -> dict[int, str]:
    """The well-known attribute that further columns of its kind stand for."""
    first = {
        meant[place].becomes for place, name in attributes.items() if name == meant[place].becomes
    }
    return {
        place: becomes
        for place, name in attributes.items()
        if (becomes := meant[place].becomes) in first and becomes and name != becomes
    }


def _attributes(header: Sequence[str], meant: Sequence[Meant], used: set[int]) -> dict[int, str]:
    """Names of the attribute columns: well-known ones as for all sources, others as written."""
    names: dict[int, str] = {}
    for place, column in enumerate(header):
        becomes = meant[place].becomes
        is_first = all(each.becomes != becomes for each in meant[:place])
        is_name = becomes in {"name", *NAME_PARTS} and is_first
        if becomes in {*_VALUES, "ignore"} or place in used or is_name:
            continue
        is_field = (becomes in FIELDS and becomes != "country") or becomes in LABELS.values()
        wanted = (None if is_field else becomes) or column.strip() or f"Column {place + 1}"
        taken, attribute, number = set(names.values()), wanted, 2
        while attribute in taken or attribute == "name":
            attribute, number = f"{wanted} {number}", number + 1
        names[place] = attribute
    return names


def _understood(columns: Columns, meant: Sequence[Meant]) -> Iterable[Understood]:
    of = {label: value for value, label in columns.labels.items()}
    extends = {
        extension: phone
        for phone, extension in (*columns.extensions.items(), *columns.direct_lines.items())
    }
    precedes = {code: phone for phone, code in columns.area_codes.items()}
    for place, column in enumerate(columns.header):
        becomes = (meant[place].becomes or "").replace("_", " ")
        if place in of:
            becomes = f"label of `{columns.header[of[place]]}`"
        elif place in extends:
            becomes = f"extension of `{columns.header[extends[place]]}`"
        elif place in precedes:
            becomes = f"area code of `{columns.header[precedes[place]]}`"
        elif becomes == "ignore":
            becomes = "left out"
        elif place in columns.attributes:
            country = "country, and " if place in columns.countries else ""
            becomes = f"{country}attribute `{columns.attributes[place]}`"
        shown = column.strip() or f"Column {place + 1}"
        yield Understood(shown, becomes, meant[place].because)


def _warnings(
    columns: Columns,
    meant: Sequence[Meant],
    values: Sequence[Sequence[str]],
    region: str | None,
) -> Iterable[str]:
    """What may be lost: no name at all, and phones and emails that are kept as attributes.

    And what may join contacts that are not one: a value that stands beside several names.
    """
    named = columns.name_parts if columns.name is None else (columns.name,)
    for place in sorted({*columns.phones, *columns.emails}):
        if found := _of_several(values[place], [values[each] for each in named], region):
            value, number = found
            column = in_one_line(columns.header[place], place)
            yield (
                f"`{value}` stands in `{column}` beside {number} different names: these "
                "rows may become one contact. If it is not their own, map the column to "
                "`ignore` or another name, or declare the value shared in the settings."
            )
    if columns.name is None and not columns.name_parts:
        yield "No column holds names: map one to `name`, if there is one."
    for place, attribute in columns.attributes.items():
        if meant[place].settled or not attribute:
            continue
        column = in_one_line(columns.header[place], place)
        for kind, are in (
            ("phone", are_phones(values[place], region, bare=False)),
            ("email", are_emails(values[place])),
        ):
            if are:
                many = are_one_for_many(values[place])
                why = ", since many rows have the same one" if many else ""
                yield (
                    f"The values of `{column}` look like {kind}s and are only kept as an "
                    f"attribute{why}: map it to `{kind}` if they are the contacts' own."
                )


def _of_several(
    values: Sequence[str], names: Sequence[Sequence[str]], region: str | None
) -> tuple[str, int] | None:
    """The phone or email that stands beside the most names, and their number, if they are many."""
    beside: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for value, *name in zip(values, *names, strict=False):
        if value.strip() and any(part.strip() for part in name):
            beside[value.strip()].add(tuple(part.strip().casefold() for part in name))
    many = max(2, min(_MANY_NAMES, len(beside) // 2 + 1))
    often = [value for value, each in beside.items() if len(each) >= many]
    often.sort(key=lambda value: -len(beside[value]))
    valid = (each for each in often if are_phones([each], region) or are_emails([each]))
    value = next(valid, None)
    return None if value is None else (value[:_MOST_SHOWN], len(beside[value]))
