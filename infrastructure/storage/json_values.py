"""Values of the domain as JSON, and back with every type checked."""

from collections.abc import Callable
from typing import TypeVar

from msgspec.json import Decoder, Encoder

T = TypeVar("T")

as_json = Encoder().encode
"""The JSON of a value, compact, in UTF-8."""


def as_text(value: object) -> str:
    """The same as text."""
    return as_json(value).decode()


def json_of(shape: type[T]) -> Callable[[str | bytes], T]:
    """A function that reads a value of this type from JSON. It raises ValueError for any other."""
    return Decoder(shape).decode
