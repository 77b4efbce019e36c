"""How values are written on a page: phones, lengths of time, names, and where a value is from."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from application.documents.contacts import ContactDocument
from domain.phones import international

_KEY = re.compile(r" \([0-9a-z]+\)")
_QUOTED = re.compile(r"`([^`]*)`")
"""A value in a message of the program."""
_PHONE = re.compile(r"\+\d{6,15}(;ext=\d+)?")
_ROWS_OF = re.compile(r", import (.+)$")


def phone(value: str) -> str:
    """A phone in international spelling, with spaces at which no line breaks."""
    return (
        international(value)
        .replace(" ", "\N{NO-BREAK SPACE}")
        .replace("-", "\N{NON-BREAKING HYPHEN}")
    )


def identifier(value: str) -> str:
    """A phone or an email that matched."""
    return value if "@" in value else phone(value)


def called(contact: ContactDocument) -> str:
    """What a contact is called: its name, else its first phone or email."""
    if contact.name:
        return contact.name
    if contact.phones:
        return phone(contact.phones[0].value)
    return contact.emails[0].value if contact.emails else "no name"


def person(by: str) -> str:
    """Who did something, by their name in the log: without the id of the key."""
    return _ROWS_OF.sub("", _KEY.sub("", by)).removeprefix("import:")


def duration(seconds: int) -> str:
    """How long a call was."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min" if not rest else f"{minutes} min {rest} s"


def sentence(text: str) -> str:
    """A text as a sentence: with a capital at its beginning, and phones as people write them."""
    quoted = _QUOTED.sub(r"“\1”", text)
    spelled = _PHONE.sub(lambda found: phone(found[0]), quoted)
    return spelled[:1].upper() + spelled[1:]


def breakable(text: str) -> Markup:
    """A long text that lines may break after each mark, such as an email."""
    return Markup("<wbr>").join(map(escape, re.split(r"(?<=[@._-])", text)))


def query(values: dict[str, str]) -> str:
    """The query of an address, without what is empty."""
    return urlencode({name: value for name, value in values.items() if value})


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (phone, identifier, called, person, duration, sentence, query)
} | {"breakable": breakable}
