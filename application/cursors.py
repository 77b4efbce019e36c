"""Cursors: where a page of a list begins. They are opaque to clients."""

from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from application.refusals import Invalid

T = TypeVar("T")
Position = Annotated[int, Field(ge=0, lt=1 << 63)]
"""A position of the log, in a cursor."""
_CURSOR = TypeAdapter(tuple[str, list[str | int]])
_ID = TypeAdapter(tuple[str])
POSITION = TypeAdapter(tuple[Position])


def id_from_cursor(items: str, cursor: str | None) -> str | None:
    """Return the id in a cursor of a list that is ordered by ids; None for its first page."""
    return None if cursor is None else from_cursor(items, cursor, _ID)[0]


def to_cursor(items: str, *place: str | int) -> str:
    """Return the cursor of a place in a list: the sort key of the last item of a page."""
    return urlsafe_b64encode(to_json([items, place])).decode().rstrip("=")


def from_cursor(items: str, cursor: str, shape: TypeAdapter[T]) -> T:
    """Return the place that a cursor stands for. Raises Refused if it is not of this list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        given, place = _CURSOR.validate_json(b64decode(padded, b"-_", validate=True), strict=True)
        if given != items or any("\0" in each for each in place if isinstance(each, str)):
            raise ValueError
        return shape.validate_python(tuple(place), strict=True)
    except ValueError:
        raise Invalid("cursor", f"`{cursor[:60]}` is not a cursor of this list") from None
