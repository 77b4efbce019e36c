"""Enter a contact through the API, the dashboard or the phone app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from application.commands.receive_records import receive_records
from application.commands.received import Received
from application.ports import AccountLog
from application.refusals import Invalid
from domain.records import ValueRefused, Written, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEntered:
    """A contact as somebody entered it, before its values are read."""

    source: Literal["api", "dashboard", "phone_app"] = "api"
    name: str | None = None
    phones: Sequence[Written] | None = None
    emails: Sequence[Written] | None = None
    attributes: Mapping[str, str | None] | None = None


def enter_contact(log: AccountLog, entered: ContactEntered, *, by: str) -> Received:
    """Enter a contact. Only under the policy `global` it may be merged. Raises Invalid."""
    with log.reading() as reading:
        region = reading.settings.default_region
    try:
        record = read_record(
            source=entered.source,
            region=region,
            name=entered.name,
            phones=entered.phones,
            emails=entered.emails,
            attributes=entered.attributes,
        )
    except ValueRefused as refused:
        raise Invalid(refused.field, refused.reason) from None
    (received,) = receive_records(log, [record], by=by)
    return received
