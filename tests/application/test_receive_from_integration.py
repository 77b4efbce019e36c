"""The values of many records are read before the account is locked, by the region that holds."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest

from application.commands.change_settings import change_settings
from application.commands.receive_from_integration import (
    IntegrationRecord,
    read_sent,
    receive_from_integration,
)
from application.reads.contacts import find_contacts
from domain.records import ValueRefused
from infrastructure.account_log.log import EventLog
from tests.messages import ADMIN
from tests.stores import Place

LOCAL = "020 7946 0100"
_ids = count(1)


@pytest.fixture
def account(place: Place) -> Iterator[EventLog]:
    with closing(place.create("default")) as account:
        yield account


def sent() -> list[IntegrationRecord | ValueRefused]:
    record = IntegrationRecord(kind="contact", external_id=str(next(_ids)), phones=[LOCAL])
    return [record, ValueRefused("name", "is too long")]


@pytest.mark.parametrize("is_read_before", [False, True])
def test_the_region_in_force_reads_a_local_number(account: EventLog, is_read_before: bool) -> None:
    records = sent()
    before = read_sent(account, "hubspot", records) if is_read_before else None
    change_settings(account, {"default_region": "GB"}, by=ADMIN)
    results = receive_from_integration(account, "hubspot", records, already_read=before, by=ADMIN)
    assert [each.outcome for each in results] == ["created", "rejected"]
    with account.reading() as reading:
        (contact,) = find_contacts(reading, limit=10).items
    assert [each.value for each in contact.phones] == ["+442079460100"]


def test_what_was_read_before_is_taken_as_it_is(account: EventLog) -> None:
    before = read_sent(account, "hubspot", sent())
    results = receive_from_integration(account, "hubspot", [], already_read=before, by=ADMIN)
    assert [each.outcome for each in results] == ["created", "rejected"]
