"""vCards 2.1, 3.0 and 4.0: each card is a row of a table in the form of Google's csv files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from application.refusals import Refused
from infrastructure.formats.exported import in_order
from infrastructure.formats.table import Format, Row, first_time
from infrastructure.formats.vcard_cells import COLUMNS, READ, UID, read_cells
from infrastructure.formats.vcard_exported import OWN, exported_cells, is_exported
from infrastructure.formats.vcard_lines import Line, read_lines

MOST_LINES = 10_000
"""The largest number of lines of a card; those after them are ignored."""
LARGEST_CARD = 4 << 20
"""The largest number of characters of a card that are held."""
_HELD = READ | OWN
"""Names of the lines that are held until their card ends."""
_NESTING = {"BEGIN", "END", "AGENT"}


@dataclass(frozen=True, slots=True)
class VcardSheet:
    """A file of cards that can be read. `encoding`: the name of a codec of Python.

    `exported`: all of its cards are exported ones.
    """

    path: Path
    encoding: str
    header: tuple[str, ...]
    format: Format = "vcard"
    notes: tuple[str, ...] = ()
    exported: bool = False

    def rows(self) -> Iterator[Row]:
        places = {column: place for place, column in enumerate(self.header)}
        seen: set[int] = set()
        for card in _read_cards(self.path, self.encoding):
            cells, wrong = _read(card, self.encoding)
            if self.exported:
                cells = exported_cells(card.lines)
            uid = cells.pop(UID, None)
            if not cells.keys() <= places.keys():
                raise Refused(f"{self.path}: it changed while it was read")
            if cells or wrong or uid:
                width = len(places)
                if self.exported:  # one long card must not make all others as long
                    width = max(map(places.__getitem__, cells)) + 1
                values = [""] * width
                for column, text in cells.items():
                    values[places[column]] = text
                yield Row(card.number, values, wrong, first_time(uid, seen) if uid else None)


def open_vcard(path: Path, encoding: str) -> VcardSheet:
    """Find out which columns a file has. Raises Refused, which names the file and what is wrong.

    The whole file is read once, card by card.
    """
    used: set[str] = set()
    used_exported: set[str] = set()
    empty = exported = True
    for card in _read_cards(path, encoding):
        empty = False
        used |= _read(card, encoding)[0].keys() - {UID}
        exported = exported and is_exported(card.lines)
        if exported:
            used_exported |= exported_cells(card.lines).keys()
    if empty:
        raise Refused(f"{path}: has no card (BEGIN:VCARD)")
    if exported:
        return VcardSheet(path, encoding, tuple(in_order(used_exported)), exported=True)
    return VcardSheet(path, encoding, tuple(column for column in COLUMNS if column in used))


@dataclass(slots=True)
class _Card:
    """The lines of a card that are needed. `last`: the file ends before the card does."""

    number: int
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    size: int = 0
    last: bool = False

    @property
    def too_long(self) -> bool:
        return self.count > MOST_LINES or self.size > LARGEST_CARD

    def add(self, line: Line) -> None:
        self.count += 1
        if line.name in _HELD and not self.too_long:
            self.size += len(line.parameters) + len(line.value)
            if not self.too_long:
                self.lines.append(line)


def _read_cards(path: Path, encoding: str) -> Iterator[_Card]:
    """The cards of a file. Raises Refused if it cannot be read."""
    try:
        with path.open(encoding=encoding) as file:
            yield from _cards(read_lines(file))
    except UnicodeError:
        raise Refused(f"{path}: it changed while it was read") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def _cards(lines: Iterable[Line]) -> Iterator[_Card]:
    """Cards in order, numbered from 1. A card also ends where the next one begins.

    A card that is the value of an AGENT is left out.
    """
    number, nested = 0, 0
    card: _Card | None = None
    agent = False
    for line in lines:
        said = f"{line.name}:{line.value.strip().upper()}" if line.name in _NESTING else ""
        if said == "AGENT:BEGIN:VCARD" or (said == "BEGIN:VCARD" and card and agent):
            nested += 1
        elif said == "BEGIN:VCARD":
            if card:
                yield card
            number, nested = number + 1, 0
            card = _Card(number)
        elif said == "END:VCARD" and nested:
            nested -= 1
        elif said == "END:VCARD":
            if card:
                yield card
            card = None
        elif card and not nested:
            card.add(line)
        agent = said == "AGENT:"
    if card:
        card.last = True
        yield card


def _read(card: _Card, encoding: str) -> tuple[dict[str, str], str | None]:
    """The cells of a card by column, and the reason why it cannot be a record."""
    cells, group = read_cells(card.lines, encoding)
    if card.too_long:
        limit = f"{MOST_LINES:,} lines and {LARGEST_CARD:,} characters"
        return cells, f"is too long: the limit is {limit}"
    if group:
        return cells, "is a group, not a person"
    if card.last and not cells:
        return cells, "is never closed (END:VCARD is missing)"
    return cells, None
