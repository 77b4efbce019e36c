"""vCards 4.0 as they are exported, and read again.

What other programs know of a contact stands where the standard (RFC 6350) puts it. Lines of our
own say every attribute exactly, so nothing is lost when a card comes back.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from domain.records import MAX_VALUES
from infrastructure.formats.exported import Exported, Labelled, cells_of, is_id
from infrastructure.formats.vcard_lines import BOUNDARY, Line, Property

_PROGRAM = "-//contact-merging//EN"
"""What a card says of the program that wrote it."""
_ATTRIBUTE = "X-CONTACT-MERGING-ATTRIBUTE"
"""An attribute: its name, a semicolon, its value."""
OWN = {"PRODID", _ATTRIBUTE}
"""The names of lines that are held only to read a card again."""
_LONGEST = 75
"""Bytes of a line; a longer one is folded."""
_TYPES = {"home": "home", "work": "work", "mobile": "cell"}
"""Labels that are types of a number in every program. Other labels stand in a line of their own."""
_LABELS = {kind: label for label, kind in _TYPES.items()}
_CANONICAL = re.compile(r"\+[0-9]+(?:;ext=[0-9]+)?")
_ADDRESS = ("address", "city", "state", "zip", "country")
_ESCAPED = re.compile(r"[\\,;]")
_LINE_END = re.compile(r"\r\n?|\n")


def write_vcards(file: IO[bytes], contacts: Iterable[Exported]) -> None:
    """Write contacts as vCards 4.0."""
    file.writelines(
        b"".join(_folded(line.encode()) for line in _lines(contact)) for contact in contacts
    )


def _lines(contact: Exported) -> Iterator[str]:
    yield from ("BEGIN:VCARD", "VERSION:4.0", f"PRODID:{_PROGRAM}", f"UID:{contact.id}")
    yield f"FN:{_text(contact.name)}"
    number = 0
    for name, points in (("TEL", contact.phones), ("EMAIL", contact.emails)):
        for label, value in points:
            number += 1
            yield from _point(name, number, label, value)
    told = dict(contact.attributes)
    for name, attribute in (("ORG", "company"), ("TITLE", "title")):
        if attribute in told:
            yield f"{name}:{_text(told[attribute])}"
    if any(each in told for each in _ADDRESS):
        yield f"ADR:;;{';'.join(_text(told.get(each, '')) for each in _ADDRESS)}"
    for name, value in contact.attributes:
        yield f"{_ATTRIBUTE}:{_text(name)};{_text(value)}"
    yield "END:VCARD"


def _point(name: str, number: int, label: str, value: str) -> Iterator[str]:
    """A phone or an email; a label that is no type is a line of the same group."""
    kind = _TYPES.get(label)
    group = f"item{number}." if label and kind is None else ""
    types = f";TYPE={kind}" if kind else ""
    if name == "TEL" and _CANONICAL.fullmatch(value):
        yield f"{group}{name};VALUE=uri{types}:tel:{value}"
    elif name == "TEL":
        yield f"{group}{name};VALUE=text{types}:{_text(value)}"
    else:
        yield f"{group}{name}{types}:{_text(value)}"
    if group:
        yield f"{group}X-ABLabel:{_text(label)}"


def _text(text: str) -> str:
    return _LINE_END.sub(r"\\n", _ESCAPED.sub(r"\\\g<0>", text))


def _folded(line: bytes) -> bytes:
    """A line with its end, in pieces that each begin with a space but the first.

    No piece ends within a character, or looks like the beginning or the end of a card.
    """
    pieces, begin, room = [], 0, _LONGEST
    while len(line) - begin > room:
        end = begin + room
        while end - begin > 1 and (line[end] & 0xC0 == 0x80 or _is_boundary(line[end:])):
            end -= 1
        pieces.append(line[begin:end])
        begin, room = end, _LONGEST - 1
    pieces.append(line[begin:])
    return b"\r\n ".join(pieces) + b"\r\n"


def _is_boundary(rest: bytes) -> bool:
    piece = rest[: _LONGEST - 1].decode(errors="replace")
    return BOUNDARY.fullmatch(piece) is not None


def is_exported(lines: Sequence[Line]) -> bool:
    """Whether a card is one that was exported."""
    return any(line.name == "PRODID" and line.value.strip() == _PROGRAM for line in lines)


def exported_cells(lines: Sequence[Line]) -> dict[str, str]:
    """The cells of such a card by column: those of a table of exported contacts.

    One attribute more than a record may have is enough for it to be refused.
    """
    said = [Property(line, "utf-8", old=False) for line in lines]
    labels = {each.group: each.text() for each in said if each.name == "X-ABLABEL"}
    texts = {each.name: each.text() for each in reversed(said)}
    uid = texts.get("UID", "")
    pairs = [each.parts() for each in said if each.name == _ATTRIBUTE][: MAX_VALUES + 1]
    contact = Exported(
        uid if is_id(uid) else "",
        texts.get("FN", ""),
        [_labelled(each, labels) for each in said if each.name == "TEL"],
        [_labelled(each, labels) for each in said if each.name == "EMAIL"],
        [(pair[0], pair[1]) for pair in pairs if len(pair) == 2],
    )
    return cells_of(contact, ())


def _labelled(point: Property, labels: dict[str, str]) -> Labelled:
    label = labels.get(point.group) if point.group else None
    if label is None:
        label = next((_LABELS[each] for each in point.types if each in _LABELS), "")
    is_uri = point.parameters.get("value") == ["uri"]
    return label, point.text().removeprefix("tel:") if is_uri else point.text()
