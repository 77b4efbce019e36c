"""The types of the fields of requests: how each is checked, and what the OpenAPI document says."""

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)

from application.commands.record_activity import LONGEST_ID
from domain.activities import LONGEST_CALL
from domain.identifiers import is_region
from domain.records import MAX_TEXT, MAX_VALUES

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _as_rfc_3339(value: object) -> object:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError(
            "must be a time with a time zone offset, such as 2026-05-01T09:30:00+02:00"
        )
    return value


def _as_integer(value: object) -> object:
    """JSON has one kind of number: 63.0 is an integer, as in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_region(value: object) -> object:
    if not isinstance(value, str) or not is_region(value.upper()):
        raise ValueError("must be a known region of two letters, such as US or GB")
    return value.upper()


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("contains a NUL character")
    return value


Time = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_as_rfc_3339),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Region = Annotated[
    str,
    BeforeValidator(_as_region),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$", "examples": ["US"]}),
]


class Body(BaseModel):
    """The body of a request: unknown fields are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Labelled(Body):
    """A phone or an email with its label."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"value": "+1 319 555 5677", "label": "mobile"}]}
    )

    value: str
    label: str | None = None


def _form(value: object) -> str:
    return "=text=" if isinstance(value, str) else "=labelled="


Point = Annotated[
    Annotated[str, Tag("=text=")] | Annotated[Labelled, Tag("=labelled=")],
    Discriminator(_form),
]
Points = Annotated[list[Point] | None, Field(max_length=MAX_VALUES)]
Attributes = Annotated[dict[str, str | None] | None, Field(max_length=MAX_VALUES)]
Name = Annotated[str | None, Field(max_length=MAX_TEXT)]
IntegrationName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$", examples=["hubspot"])
]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_CALL), BeforeValidator(_as_integer)]
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_without_nul)]
