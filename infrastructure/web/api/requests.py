"""The bodies of requests, the types of their fields, and the commands that they ask for.

Their texts are checked when the domain reads the records.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from application.access import INTEGRATION, LONGEST_KEY_NAME, Role
from application.account_ids import ACCOUNT_ID
from application.commands.edit_contact import ContactEdit
from application.commands.enter_contact import ContactEntered
from application.commands.receive_from_integration import IntegrationRecord
from application.commands.record_activity import LONGEST_ID
from application.documents.document import UNPRINTABLE
from application.refusals import Invalid
from domain.activities import LONGEST_CALL, CallSent, CallStatus, Direction, MessageSent
from domain.phone_texts import MAX_LENGTH, is_blank
from domain.phones import is_region
from domain.records import (
    MAX_TEXT,
    MAX_VALUES,
    OUT_OF_RANGE,
    RESERVED_NAME,
    RecordKind,
    is_in_range,
    wrong_in,
)
from domain.settings import Rule

LARGEST_BATCH = 1_000
"""The largest number of records in one request."""
MOST_POINTS = 5_000
"""The largest number of phones and emails in one request."""

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


_CONTROL = "".join(f"\\u{ord(each):04x}" for each in sorted(UNPRINTABLE))
"""What a regular expression of JSON Schema says for these characters."""


def _printable(value: str) -> str:
    if not UNPRINTABLE.isdisjoint(value):
        raise ValueError("contains a control character")
    return value


def _text(longest: int) -> AfterValidator:
    """Checks a text as the domain does, so that all that is wrong with a body is named at once."""

    def check(value: str | None) -> str | None:
        wrong = wrong_in(value, longest)
        if wrong is not None:
            raise ValueError(wrong)
        return value

    return AfterValidator(check)


def _without_name(attributes: dict[str, str | None] | None) -> dict[str, str | None] | None:
    if is_blank((attributes or {}).get("name") or "") is False:
        reserved = PydanticCustomError("reserved", RESERVED_NAME)
        wrong: list[InitErrorDetails] = [{"type": reserved, "loc": ("name",), "input": attributes}]
        raise ValidationError.from_exception_data("attributes", wrong)
    return attributes


def _in_range(value: datetime | None) -> datetime | None:
    if value is not None and not is_in_range(value):
        raise ValueError(OUT_OF_RANGE)
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

    value: Annotated[str, _text(MAX_LENGTH)]
    label: Annotated[str | None, _text(MAX_LENGTH)] = None


def _form(value: object) -> str:
    return "=text=" if isinstance(value, str) else "=labelled="


def _pair(value: object) -> tuple[str, str | None]:
    given = Labelled.model_validate(value)
    return given.value, given.label


Pair = Annotated[tuple[str, str | None], PlainValidator(_pair, json_schema_input_type=Labelled)]
Point = Annotated[
    Annotated[str, _text(MAX_LENGTH), Tag("=text=")] | Annotated[Pair, Tag("=labelled=")],
    Discriminator(_form),
]
Points = Annotated[list[Point] | None, Field(max_length=MAX_VALUES)]
Attributes = Annotated[
    dict[Annotated[str, _text(MAX_LENGTH)], Annotated[str | None, _text(MAX_TEXT)]] | None,
    Field(max_length=MAX_VALUES),
    AfterValidator(_without_name),
]
Name = Annotated[str | None, Field(max_length=MAX_TEXT), _text(MAX_TEXT)]
IntegrationName = Annotated[str, Field(pattern=INTEGRATION, examples=["hubspot"])]
SharedIdentifiers = Annotated[
    list[str], Field(max_length=MAX_VALUES, description="Stored and shown, never matched.")
]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_CALL), BeforeValidator(_as_integer)]
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_without_nul)]


class NewAccount(Body):
    """An account to make."""

    id: str = Field(pattern=f"^{ACCOUNT_ID.pattern}$", examples=["acme"])
    default_region: Region | None = Field(default=None, description="What reads local phones.")


class NewKey(Body):
    """A key to make; `integration` is needed for the role `integration`, and only there."""

    role: Role
    name: Annotated[str, AfterValidator(_without_nul), AfterValidator(_printable)] = Field(
        min_length=1,
        max_length=LONGEST_KEY_NAME,
        pattern=r"\S",
        json_schema_extra={"pattern": f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$"},
        examples=["HubSpot sync"],
    )
    integration: IntegrationName | None = None


def _known_policy(value: object) -> object:
    if value not in ("per_source", "global"):
        raise ValueError("must be 'per_source' or 'global'")
    return value


class PerSourceSettings(Body):
    """The standard policy: csv has its own order, api, dashboard and phone_app never merge."""

    policy: Annotated[Literal["per_source"], BeforeValidator(_known_policy)] = "per_source"
    integration_leads: Rule
    integration_contacts: Rule
    shared_identifiers: SharedIdentifiers = []
    default_region: Region | None = None


class GlobalSettings(Body):
    """One rule for every source."""

    policy: Literal["global"]
    rule: Rule
    shared_identifiers: SharedIdentifiers = []
    default_region: Region | None = None


def _policy(value: object) -> str:
    given = value.get("policy") if isinstance(value, dict) else None
    return "=global=" if given == "global" else "=per_source="


Settings = Annotated[
    Annotated[PerSourceSettings, Tag("=per_source=")] | Annotated[GlobalSettings, Tag("=global=")],
    Discriminator(_policy),
]


class RecordSent(Body):
    """What an integration says about one person or company.

    A field that is absent stays as it was; an empty list means that there are none.
    """

    kind: RecordKind
    external_id: Annotated[str, _text(MAX_LENGTH)] = Field(min_length=1, max_length=MAX_LENGTH)
    name: Name = None
    phones: Points = None
    emails: Points = None
    attributes: Attributes = None
    country: Region | None = Field(default=None, description="What reads its local phones.")
    updated_at: Annotated[Time | None, AfterValidator(_in_range)] = Field(
        default=None, description="When it changed at the source."
    )

    def command(self) -> IntegrationRecord:
        """The record as the use cases take it."""
        return IntegrationRecord(**dict(self))


def _not_too_many_points(records: list[Any]) -> list[Any]:
    lists = (each.get(name) for each in records if isinstance(each, dict) for name in _POINTS)
    count = sum(len(each) for each in lists if isinstance(each, list))
    if count > MOST_POINTS:
        raise ValueError(f"have {count} phones and emails: the limit is {MOST_POINTS}")
    return records


_POINTS = ("phones", "emails")


class RecordsSent(Body):
    """Records of an integration, taken in order; one that is not valid is rejected alone."""

    records: Annotated[list[Any], AfterValidator(_not_too_many_points)] = Field(
        min_length=1,
        max_length=LARGEST_BATCH,
        description="Each a `RecordSent`; others are rejected alone, with field and reason. "
        f"Together they have at most {MOST_POINTS} phones and emails.",
    )


class NewContact(Body):
    """A contact that a program, the dashboard or the phone app enters."""

    name: Name = None
    phones: Points = None
    emails: Points = None
    attributes: Attributes = None
    source: Literal["api", "dashboard", "phone_app"] = "api"

    def command(self) -> ContactEntered:
        """The contact as the use cases take it."""
        return ContactEntered(**dict(self))


class ContactChange(Body):
    """The given fields replace those that the contact shows, lists as a whole; null clears.

    Only the attributes that are named change; `"attributes": null` clears all of them.
    """

    name: Name = None
    phones: Points = None
    emails: Points = None
    attributes: Attributes = None

    def command(self) -> ContactEdit:
        """The edit as the use cases take it: null clears. Raises Invalid."""
        given, fields = self.model_fields_set, dict(self.attributes or {})
        if "name" in fields:
            raise Invalid("attributes.name", "must be sent as `name`")
        if "name" in given:
            fields["name"] = self.name
        return ContactEdit(
            fields=fields,
            clears_attributes="attributes" in given and self.attributes is None,
            phones=self.phones or [] if "phones" in given else None,
            emails=self.emails or [] if "emails" in given else None,
        )


class Absorb(Body):
    """The contact to absorb."""

    absorb: Id


class Separation(Body):
    """Two contacts that no rule may merge."""

    a: Id
    b: Id


class NewCall(Body):
    """A call. Null, blank or words as number mean withheld; the same id twice is one call."""

    id: Id | None = None
    direction: Direction
    number: Annotated[str | None, Field(max_length=MAX_LENGTH), _text(MAX_LENGTH)] = None
    status: CallStatus
    started_at: Time
    duration_seconds: Seconds
    agent: Annotated[str | None, Field(max_length=MAX_LENGTH), _text(MAX_LENGTH)] = None

    def command(self) -> CallSent:
        """The call as the use cases take it."""
        return CallSent(**self.model_dump(exclude={"id"}))


class NewMessage(Body):
    """A message (SMS). Words as number mean withheld; the same id twice is one message."""

    id: Id | None = None
    direction: Direction
    number: Annotated[str | None, Field(max_length=MAX_LENGTH), _text(MAX_LENGTH)] = None
    text: Annotated[str, _text(MAX_TEXT)] = Field(max_length=MAX_TEXT)
    sent_at: Time
    agent: Annotated[str | None, Field(max_length=MAX_LENGTH), _text(MAX_LENGTH)] = None

    def command(self) -> MessageSent:
        """The message as the use cases take it."""
        return MessageSent(**self.model_dump(exclude={"id"}))


class Assignment(Body):
    """The contact to assign the call to."""

    contact_id: Id
