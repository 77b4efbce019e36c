"""Receive records from an integration. A record that is not valid is rejected alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from application.commands.receive_records import receive_records
from application.commands.received import Received
from application.ports import AccountLog
from domain.records import Record, RecordKind, ValueRefused, Written, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationRecord:
    """What an integration says about one person or company, before its values are read.

    `country`: two letters, the region of its local phones; None: the account's region.
    """

    kind: RecordKind
    external_id: str
    name: str | None = None
    phones: Sequence[Written] | None = None
    emails: Sequence[Written] | None = None
    attributes: Mapping[str, str | None] | None = None
    country: str | None = None
    updated_at: datetime | None = None


class Sent(NamedTuple):
    """Records of an integration with their values read, for an account of this default region."""

    region: str | None
    records: Sequence[Record | ValueRefused]


def read_sent(
    log: AccountLog, integration: str, sent: Sequence[IntegrationRecord | ValueRefused]
) -> Sent:
    """Read the values of an integration's records, which for many takes long."""
    with log.reading() as reading:
        region = reading.settings.default_region
    return Sent(region, [_read(each, integration, region) for each in sent])


def receive_from_integration(
    log: AccountLog,
    integration: str,
    sent: Sequence[IntegrationRecord | ValueRefused],
    *,
    already_read: Sent | None = None,
    by: str,
) -> list[Received]:
    """Take an integration's records, in order. Returns one result for each record.

    `already_read`: the same records, read before the account was locked.
    """
    with log.reading() as reading:
        region = reading.settings.default_region
    if already_read is None or already_read.region != region:
        already_read = read_sent(log, integration, sent)
    return receive_records(log, already_read.records, by=by)


def _read(
    sent: IntegrationRecord | ValueRefused, integration: str, region: str | None
) -> Record | ValueRefused:
    if isinstance(sent, ValueRefused):
        return sent
    try:
        return read_record(
            source="integration",
            integration=integration,
            region=sent.country or region,
            kind=sent.kind,
            external_id=sent.external_id,
            updated_at=sent.updated_at,
            name=sent.name,
            phones=sent.phones,
            emails=sent.emails,
            attributes=sent.attributes,
        )
    except ValueRefused as refused:
        return refused
