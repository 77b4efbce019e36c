"""The base of every document, and a page of a list."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

UNPRINTABLE = frozenset(
    map(
        chr,
        (
            *(*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029),
            *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        ),
    )
)
"""Characters that control a terminal, break lines, or turn the direction of a text around."""


class Document(BaseModel):
    """A document of the API. A field without a value is null."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Text = Annotated[str, BeforeValidator(_printable)]
"""A text that a client sent, made printable: an answer cannot contain a lone surrogate."""


def _is_none(value: object) -> bool:
    return value is None


T = TypeVar("T")
Optional = Annotated[T | None, Field(exclude_if=_is_none)]
"""A field that is left out if it has no value."""


class Page(Document, Generic[T]):
    """One page of a list; `next` is the cursor of the next page, null on the last."""

    items: list[T]
    next: str | None
