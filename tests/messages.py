"""Messages of sources, in a short form for tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from domain.activities import CallSent
from domain.identifiers import ContactPoint, Identifier
from domain.records import Record, RecordKind, Source, Written, read_record
from domain.settings import MergeSettings
from domain.value import replace

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ADMIN = "admin@example.test"

# The numbers of the article, and two more.
JOHN = "+13195555677"
JOHN_TOO = "+13195554929"
ROW = "+17125553956"
MARY = "+13195550100"
SWITCHBOARD = "+13195550199"

Values = Sequence[Written] | None


class Withdrawal(NamedTuple):
    """An integration takes a record back."""

    external_id: str
    kind: RecordKind = "contact"
    integration: str = "hubspot"


Message = Record | Withdrawal | MergeSettings
"""The messages that an account in memory takes."""


def phone(value: str) -> Identifier:
    return Identifier("phone", value)


def email(value: str) -> Identifier:
    return Identifier("email", value)


def day(number: int) -> datetime:
    """A day of the month before the messages of a test, as a source's `updated_at`."""
    return datetime(2024, 4, number, tzinfo=UTC)


def csv_row(
    name: str | None = None, phones: Values = None, emails: Values = None, **attributes: str | None
) -> Record:
    return read_record(
        source="csv", region="US", name=name, phones=phones, emails=emails, attributes=attributes
    )


def hubspot_contact(
    external_id: str,
    name: str | None = None,
    phones: Values = None,
    emails: Values = None,
    updated_at: datetime | None = None,
    *,
    kind: RecordKind = "contact",
    integration: str = "hubspot",
    **attributes: str | None,
) -> Record:
    return read_record(
        source="integration",
        region="US",
        kind=kind,
        integration=integration,
        external_id=external_id,
        updated_at=updated_at,
        name=name,
        phones=phones,
        emails=emails,
        attributes=attributes,
    )


hubspot_lead = partial(hubspot_contact, kind="lead")


def entered(
    source: Source, name: str | None = None, phones: Values = None, emails: Values = None
) -> Record:
    """A contact entered through the api, the dashboard or the phone app."""
    return read_record(source=source, region="US", name=name, phones=phones, emails=emails)


def call_from(number: str | None, at: datetime, agent: str | None = None) -> CallSent:
    """A call from a number, which was answered and took a minute."""
    return CallSent(
        direction="inbound",
        number=number,
        status="answered",
        started_at=at,
        duration_seconds=60,
        agent=agent,
    )


def read_otherwise(message: Record, readings: Mapping[str, str | None]) -> Record:
    """The same message read with other number metadata: canonical forms by values as written."""

    def otherwise(points: tuple[ContactPoint, ...] | None) -> tuple[ContactPoint, ...] | None:
        if points is None:
            return None
        read = [
            replace(each, canonical=readings.get(each.written, each.canonical)) for each in points
        ]
        return tuple({each.key: each for each in reversed(read)}.values())

    return replace(message, phones=otherwise(message.phones), emails=otherwise(message.emails))
