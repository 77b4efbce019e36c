"""The bodies of requests, and the commands that they ask for.

Their texts are checked when the domain reads the records.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)

from application.access import Role
from application.account_ids import ACCOUNT_ID
from application.commands.edit_contact import ContactEdit
from application.commands.enter_contact import ContactEntered
from application.commands.receive_from_integration import IntegrationRecord
from application.refusals import Invalid
from domain.activities import CallSent, CallStatus, Direction, MessageSent
from domain.identifiers import MAX_LENGTH
from domain.records import MAX_TEXT, MAX_VALUES, RecordKind, Written
from domain.settings import Rule
from infrastructure.web.api.fields import (
    Attributes,
    Body,
    Id,
    IntegrationName,
    Name,
    Points,
    Region,
    Seconds,
    Time,
    _without_nul,
)

LARGEST_BATCH = 1_000
"""The largest number of records in one request."""


def _written(points: list[Any] | None) -> list[Written] | None:
    """Phones or emails as the use cases take them."""
    if points is None:
        return None
    return [each if isinstance(each, str) else (each.value, each.label) for each in points]


class NewAccount(Body):
    """An account to make."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "acme", "default_region": "US"}]}
    )

    id: str = Field(pattern=f"^{ACCOUNT_ID.pattern}$", examples=["acme"])
    default_region: Region | None = Field(default=None, description="What reads local phones.")


class NewKey(Body):
    """A key to make; `integration` is needed for the role `integration`, and only there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"role": "integration", "name": "HubSpot sync", "integration": "hubspot"}]
        }
    )

    role: Role
    name: Annotated[str, AfterValidator(_without_nul)] = Field(
        min_length=1, max_length=100, pattern=r"\S", examples=["HubSpot sync"]
    )
    integration: IntegrationName | None = None


def _known_policy(value: object) -> object:
    if value not in ("per_source", "global"):
        raise ValueError("must be 'per_source' or 'global'")
    return value


class PerSourceSettings(Body):
    """The standard policy: csv has its own order, api, dashboard and phone_app never merge."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy": "per_source",
                    "integration_leads": "phone",
                    "integration_contacts": "phone_and_email",
                    "shared_identifiers": ["+13195550100"],
                }
            ]
        }
    )

    policy: Annotated[Literal["per_source"], BeforeValidator(_known_policy)] = "per_source"
    integration_leads: Rule
    integration_contacts: Rule
    shared_identifiers: list[str] = Field(
        default=[], max_length=MAX_VALUES, description="Stored and shown, never matched."
    )
    default_region: Region | None = None


class GlobalSettings(Body):
    """One rule for every source."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"policy": "global", "rule": "phone"}]}
    )

    policy: Literal["global"]
    rule: Rule
    shared_identifiers: list[str] = Field(
        default=[], max_length=MAX_VALUES, description="Stored and shown, never matched."
    )
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "lead", "external_id": "77", "phones": ["+1 319 555 5677"]}]
        }
    )

    kind: RecordKind
    external_id: str = Field(min_length=1, max_length=MAX_LENGTH)
    name: Name = None
    phones: Points = None
    emails: Points = None
    attributes: Attributes = None
    country: Region | None = Field(default=None, description="What reads its local phones.")
    updated_at: Time | None = Field(default=None, description="When it changed at the source.")

    def command(self) -> IntegrationRecord:
        """The record as the use cases take it."""
        return IntegrationRecord(
            kind=self.kind,
            external_id=self.external_id,
            name=self.name,
            phones=_written(self.phones),
            emails=_written(self.emails),
            attributes=self.attributes,
            country=self.country,
            updated_at=self.updated_at,
        )


class RecordsSent(Body):
    """Records of an integration, taken in order; one that is not valid is rejected alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "records": [
                        {
                            "kind": "contact",
                            "external_id": "151",
                            "name": "John Jones",
                            "phones": ["+1 319 555 5677"],
                            "emails": [{"value": "john@example.test", "label": "work"}],
                            "attributes": {"company": "Acme"},
                            "updated_at": "2026-05-01T09:30:00Z",
                        }
                    ]
                }
            ]
        }
    )

    records: list[Any] = Field(
        min_length=1,
        max_length=LARGEST_BATCH,
        description="Each a `RecordSent`; others are rejected alone, with field and reason.",
    )


class NewContact(Body):
    """A contact that a program, the dashboard or the phone app enters."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Mary Major", "phones": ["(319) 555-4929"], "source": "api"}]
        }
    )

    name: Name = None
    phones: Points = None
    emails: Points = None
    attributes: Attributes = None
    source: Literal["api", "dashboard", "phone_app"] = "api"

    def command(self) -> ContactEntered:
        """The contact as the use cases take it."""
        return ContactEntered(
            source=self.source,
            name=self.name,
            phones=_written(self.phones),
            emails=_written(self.emails),
            attributes=self.attributes,
        )


class ContactChange(Body):
    """The given fields replace those that the contact shows, lists as a whole; null clears.

    Only the attributes that are named change; `"attributes": null` clears all of them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Mary M.", "phones": [], "attributes": {"title": None}}]
        }
    )

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
            phones=_written(self.phones or []) if "phones" in given else None,
            emails=_written(self.emails or []) if "emails" in given else None,
        )


class Absorb(Body):
    """The contact to absorb."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"absorb": "06h0k5wqm1hkvvvr"}]})

    absorb: Id


class Separation(Body):
    """Two contacts that no rule may merge."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"a": "06h0k5wqkyk1xrcq", "b": "06h0k5wqm1hkvvvr"}]}
    )

    a: Id
    b: Id


class NewCall(Body):
    """A call. Null, blank or words as number mean withheld; the same id twice is one call."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "call-1",
                    "direction": "inbound",
                    "number": "+1 319 555 5677",
                    "status": "answered",
                    "started_at": "2026-05-01T09:30:00Z",
                    "duration_seconds": 63,
                    "agent": "Ann",
                }
            ]
        }
    )

    id: Id | None = None
    direction: Direction
    number: Annotated[str | None, Field(max_length=MAX_LENGTH)] = None
    status: CallStatus
    started_at: Time
    duration_seconds: Seconds
    agent: Annotated[str | None, Field(max_length=MAX_LENGTH)] = None

    def command(self) -> CallSent:
        """The call as the use cases take it."""
        return CallSent(**self.model_dump(exclude={"id"}))


class NewMessage(Body):
    """A message (SMS). Words as number mean withheld; the same id twice is one message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "direction": "inbound",
                    "number": "+1 319 555 5677",
                    "text": "Call me back",
                    "sent_at": "2026-05-01T09:30:00Z",
                }
            ]
        }
    )

    id: Id | None = None
    direction: Direction
    number: Annotated[str | None, Field(max_length=MAX_LENGTH)] = None
    text: str = Field(max_length=MAX_TEXT)
    sent_at: Time
    agent: Annotated[str | None, Field(max_length=MAX_LENGTH)] = None

    def command(self) -> MessageSent:
        """The message as the use cases take it."""
        return MessageSent(**self.model_dump(exclude={"id"}))


class Assignment(Body):
    """The contact to assign the call to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_id": "06h0k5wqkyk1xrcq"}]})

    contact_id: Id
