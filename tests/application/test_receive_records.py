"""One path for every record: the store records exactly what the rules decide."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from application.commands.change_settings import change_settings
from application.commands.receive_records import receive_records
from application.commands.withdraw_record import withdraw_record
from domain.events import Event
from domain.records import Record
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from infrastructure.storage.event_codec import MAPPER
from tests.account_in_memory import AccountInMemory
from tests.domain.merge_rule.test_decide_again import (
    EMAILS,
    PHONES,
    csv_rows,
    sent_by_an_integration,
)
from tests.messages import (
    ADMIN,
    JOHN,
    MARY,
    NOON,
    Message,
    Withdrawal,
    csv_row,
    entered,
    hubspot_contact,
    read_otherwise,
)
from tests.normal_run import examples
from tests.stores import Kind, Place, new_place

BEGIN = MergeSettings(default_region="US")
entries = st.just(entered("api", "A", [JOHN], ["a@b.test"]))
readings = st.builds(
    lambda phones, emails: {**phones, **emails},
    st.dictionaries(st.sampled_from(PHONES), st.sampled_from([None, JOHN, MARY])),
    st.dictionaries(st.sampled_from(EMAILS), st.sampled_from([None, "a@b.test", "c@d.test"])),
)
read_with_other_metadata = st.builds(
    read_otherwise, sent_by_an_integration | csv_rows, readings
).filter(lambda record: record.source != "csv" or record.matchable)
records = sent_by_an_integration | csv_rows | entries | read_with_other_metadata
changes = st.sampled_from(
    [
        MergeSettings(default_region="US", integration_contacts="email"),
        MergeSettings(default_region="US", integration_leads="never", shared_identifiers=(JOHN,)),
        MergeSettings(default_region="US", policy="global", rule="phone_and_email"),
    ]
)
withdrawals = st.builds(
    Withdrawal,
    external_id=st.sampled_from(["1", "2"]),
    kind=st.sampled_from(["contact", "lead"]),
    integration=st.sampled_from(["hubspot", "salesforce"]),
)


@contextmanager
def account(
    kind: Kind, clock: Callable[[], datetime], ids: Callable[[], str]
) -> Iterator[EventLog]:
    with new_place(kind) as place, closing(place.accounts(clock, ids)) as accounts:
        log = accounts.create("acme", BEGIN, ADMIN)
        yield log
        log.close()


def recorded(log: EventLog) -> list[Event]:
    """All events after the one that opens the account."""
    stored = log.recorder.select_notifications(start=2, limit=10_000)
    return [MAPPER.to_domain_event(each).event for each in stored]


NEVER = MergeSettings(default_region="US", policy="global", rule="never")
SHARED = MergeSettings(default_region="US", shared_identifiers=(JOHN,))
ROW = csv_row("A", [JOHN])
RECORD = hubspot_contact("1", "A", [JOHN])
ENTERED = entered("api", "A", [JOHN], ["a@b.test"])
ID_ALONE, SAYS_A_PHONE = hubspot_contact("1", None), hubspot_contact("1", None, [JOHN])


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(records | records | withdrawals | changes, max_size=12))
@example([NEVER, ROW, ROW])
@example([SHARED, ROW, ROW])
@example([RECORD, Withdrawal("1"), RECORD])
@example([ID_ALONE, ENTERED, SAYS_A_PHONE])
def test_the_store_records_what_the_rules_decide(kind: Kind, messages: list[Message]) -> None:
    rules = AccountInMemory(BEGIN, begins_at=2)  # after the event that opens the account
    ids: Iterator[str] = iter(())
    with account(kind, lambda: NOON + timedelta(minutes=rules.came), lambda: next(ids)) as log:
        for message in messages:
            if isinstance(message, Withdrawal) and not rules.holds(message):
                continue
            if message == rules.settings:
                continue
            rules.take(message)
            ids = iter([f"c{rules.came}", f"m{rules.came}"])
            if isinstance(message, Withdrawal):
                withdraw_record(
                    log, message.integration, message.kind, message.external_id, by=ADMIN
                )
            elif isinstance(message, MergeSettings):
                change_settings(log, asdict(message), by=ADMIN)
            else:
                receive_records(log, [message], by=ADMIN)
        assert recorded(log) == [each.event for each in rules.log]
        assert log.verify().problems == ()


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(records, min_size=2, max_size=12), st.integers(2, 5))
def test_a_batch_is_decided_as_one_record_after_the_other(
    kind: Kind, batch: list[Record], size: int
) -> None:
    logs: list[list[Event]] = []
    outcomes: list[list[str]] = []
    for step in (1, size, len(batch)):
        numbers = count(1)
        with account(kind, lambda: NOON, lambda numbers=numbers: f"{next(numbers):03}") as log:  # type: ignore[misc]
            received = [
                each
                for start in range(0, len(batch), step)
                for each in receive_records(log, batch[start : start + step], by=ADMIN)
            ]
            logs.append(recorded(log))
            outcomes.append([each.outcome for each in received])
    assert logs[0] == logs[1] == logs[2]
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_nothing_crosses_from_one_account_into_another(place: Place) -> None:
    numbers = count(1)
    row = csv_row("John", [JOHN], ["john@b.test"])
    with closing(place.accounts(lambda: NOON, lambda: f"{next(numbers):03}")) as accounts:
        for name in ("acme", "ajax"):
            log = accounts.create(name, BEGIN, ADMIN)
            (received,) = receive_records(log, [row], by=ADMIN)
            assert received.outcome == "created"
            assert received.decision is not None
            assert received.decision.candidates == ()
            log.close()
