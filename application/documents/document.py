"""What every document is, and a page of a list."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Document(BaseModel):
    """A document: its fields are those of the API. One without a value is null."""

    model_config = ConfigDict(frozen=True)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Text = Annotated[str, BeforeValidator(_printable)]
"""What somebody sent, as it may be shown: a lone surrogate can be in no answer."""


def _is_none(value: object) -> bool:
    return value is None


T = TypeVar("T")
Optional = Annotated[T | None, Field(exclude_if=_is_none)]
"""A field that is left out where it has no value."""


class Page(Document, Generic[T]):
    """One page of a list; `next` is the cursor of the next page, null on the last."""

    items: list[T]
    next: str | None
