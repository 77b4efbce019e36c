"""What a search for text compares: part of a name, an email or a number.

Case, runs of white space and the Unicode form of accents are ignored; accents are not. A text of
only digits and the punctuation of phone numbers also finds numbers by their digits.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

from application.refusals import Invalid
from domain.identifiers import Identifier
from domain.records import RecordKind

SHORTEST = 2
"""The least number of characters in a query."""
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LIKE_A_NUMBER = re.compile(r"[0-9 ()+./\-\u2010-\u2015]+")
_NO_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Sought:
    """A query in the form that is compared: `text`, or alternatively `digits` if it has them.

    `identifier`, `kind`: only contacts that hold this phone or email, and only those of this kind.
    """

    text: str
    digits: str | None
    identifier: Identifier | None = None
    kind: RecordKind | None = None

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The texts; a line must contain one of them."""
        return (self.text,) if self.digits in (None, self.text) else (self.text, self.digits)

    def is_in(self, lines: Iterable[str]) -> bool:
        """Whether one of the lines contains one of the alternatives."""
        alternatives = self.alternatives
        return any(each in line for line in lines for each in alternatives)


def read_sought(
    q: str, identifier: Identifier | None = None, kind: RecordKind | None = None
) -> Sought:
    """Read a query. Raises Invalid if it has fewer than two characters."""
    if _SURROGATE.search(q):
        raise Invalid("q", "contains an invalid character (a lone surrogate)")
    text = folded(q)
    if len(text) < SHORTEST:
        raise Invalid("q", "must have at least two characters")
    digits = _NO_DIGIT.sub("", text) if _LIKE_A_NUMBER.fullmatch(text) else ""
    return Sought(text, digits if len(digits) >= SHORTEST else None, identifier, kind)


def folded(text: str) -> str:
    """Return a text in the form that is compared, on one line."""
    if not text.isascii():
        text = normalize("NFC", text)
    if not text.isprintable():
        text = text.translate(_CONTROLS)
    return " ".join(text.casefold().split())


def lines_of_phone(value: str) -> Iterator[str]:
    """Yield the lines by which a phone is found: as shown, and its digits if they are separated."""
    line = folded(value)
    yield line
    digits = _NO_DIGIT.sub("", line)
    if digits and digits not in line:
        yield digits


def lines_of_contact(
    name: str | None, phones: Iterable[str], emails: Iterable[str]
) -> Iterator[str]:
    """Yield the lines by which a contact is found: its name, phones and emails."""
    if name is not None:
        yield folded(name)
    for phone in phones:
        yield from lines_of_phone(phone)
    for email in emails:
        yield folded(email)
