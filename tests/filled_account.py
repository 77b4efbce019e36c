"""A real account that contains a little of everything. It is made once; each test gets a copy."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copytree

import pytest

from application.commands.assign_call import assign_call
from application.commands.change_settings import change_settings
from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.received import Received
from application.commands.record_activity import record_activity
from application.commands.restore_contact import restore_contact
from application.commands.separate_contacts import separate_contacts
from application.commands.settle_attention import settle_attention
from application.commands.withdraw_record import withdraw_record
from application.history.undo_merge import undo_merge
from domain.activities import MessageSent
from domain.records import Record
from domain.settings import MergeSettings
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from tests.imports import an_import, undo_import
from tests.messages import (
    ADMIN,
    JOHN,
    JOHN_TOO,
    MARY,
    NOON,
    ROW,
    SWITCHBOARD,
    call_from,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
    phone,
)
from tests.stores import Behind, Kind, Place, new_place

ACCOUNT = "acme"
EVENTS = 77
"""How many events the account has."""
JANE, STRANGER, NOBODY = "+13195550301", "+13195550302", "+13195550303"


def _accounts(place: Place, *, first_id: int) -> StoredAccounts:
    ids = _numbers(first_id)
    return place.accounts(_minutes(), ids, randomness=lambda size: b"s" * size)


def _minutes() -> Callable[[], datetime]:
    minutes = count()
    return lambda: NOON + timedelta(minutes=next(minutes))


def _numbers(first: int) -> Callable[[], str]:
    numbers = count(first)
    return lambda: f"{next(numbers):026}"


def _fill(log: EventLog) -> None:
    """At least one event of every type, and a row in every read model."""
    _send(log)
    _talk(log)
    _change_by_hand(log)
    _undo(log)
    _look(log)


def _send(log: EventLog) -> None:
    """Import, merge and send records again, withdraw some, and leave a contact without records."""
    receive_records(
        log,
        [
            entered("api", "John Jones", [JOHN, JOHN_TOO], ["john@b.test"]),
            csv_row("John J", [JOHN, ROW, "n/a"], ["a@@b"], company="Acme"),
            hubspot_contact("1", "J\u00f3n", [JOHN], updated_at=day(1), city="Ames"),
            hubspot_lead("1", "Lead", [MARY], ["mary@b.test"], day(1)),
            hubspot_contact("2", "Gone", ["+13195550111"], updated_at=day(1)),
        ],
        by=ADMIN,
    )
    change_settings(log, {"shared_identifiers": [SWITCHBOARD]}, by=ADMIN)
    receive_records(
        log,
        [
            hubspot_contact("1", "John", [JOHN, "+13195550122"], updated_at=day(2), city="Boone"),
            hubspot_contact("3", "Mary", [MARY, SWITCHBOARD], updated_at=day(3)),
            csv_row("Alone", [SWITCHBOARD]),
        ],
        by=ADMIN,
    )
    withdraw_record(log, "hubspot", "contact", "2", by=ADMIN)
    withdraw_record(log, "hubspot", "lead", "1", by=ADMIN)


def _talk(log: EventLog) -> None:
    """Calls and messages of contacts, of nobody, and of a lead that becomes a contact's."""
    for call_id, number in (
        ("of-john", JOHN),
        ("of-mary", MARY),
        ("of-stranger", STRANGER),
        ("of-nobody", NOBODY),
        ("withheld", None),
    ):
        _call(log, call_id, number)
    _message(log, "from-stranger", STRANGER)
    _message(log, "from-a-shop", "AMAZON")
    _receive(log, hubspot_contact("4", "Stranger", [STRANGER], updated_at=day(4)))
    _call(log, "of-stranger-too", STRANGER)
    assign_call(log, "of-stranger-too", _named(log, JOHN), by=ADMIN)


def _change_by_hand(log: EventLog) -> None:
    """Edits, a contact deleted and one restored, two merged and two declared separate."""
    john, mary = _named(log, JOHN), _named(log, MARY)
    edit_contact(
        log,
        john,
        ContactEdit(
            fields={"name": "Mr Jones", "city": None},
            phones=[JOHN, ROW, ("+13195550307", "home")],
            emails=["john@b.test", "jones@b.test"],
        ),
        by=ADMIN,
    )
    for name, number in (("Deleted", "+13195550304"), ("Restored", "+13195550305")):
        contact = _receive(log, hubspot_contact(name, name, [number], updated_at=day(5))).contact_id
        assert contact
        _call(log, f"of-{name.lower()}", number)
        delete_contact(log, contact, by=ADMIN)
        if name == "Restored":
            restore_contact(log, contact, by=ADMIN)
    merge_contacts(log, mary, _named(log, STRANGER), by=ADMIN)
    separate_contacts(log, john, mary, by=ADMIN)


def _undo(log: EventLog) -> None:
    """Undo merges by rule and by hand, with what depends on them."""
    john = _named(log, JOHN)
    jane, by_rule, _ = (
        _receive(log, record)
        for record in (
            hubspot_contact("6", "Jane", [JANE], ["jane@b.test"], day(6)),
            csv_row("Jane J", [JANE, "+13195550306"]),
            csv_row("J", ["+13195550306"]),
        )
    )
    _call(log, "of-jane", JANE)
    _call(log, "of-j", "+13195550306")
    assert jane.contact_id
    assert by_rule.merge_id
    undo_merge(log, by_rule.merge_id, by=ADMIN)
    by_hand = merge_contacts(log, jane.contact_id, john, by=ADMIN)
    _call(log, "of-both", JOHN)
    undo_merge(log, by_hand, by=ADMIN)
    with an_import(log) as (import_id, counts):
        imported = csv_row("Imported", ["+13195550308"])
        (received,) = receive_records(log, [imported], by=ADMIN, import_id=import_id)
        counts[received.outcome] += 1
    undo_import(log, import_id)


def _look(log: EventLog) -> None:
    """Settle a number by which six names came together."""
    number = "+13195550308"
    names = ("Ann", "Bob", "Cyd", "Dee", "Eve", "Fay")
    receive_records(log, [csv_row(name, [number]) for name in names], by=ADMIN)
    settle_attention(log, number, by=ADMIN)


def _receive(log: EventLog, record: Record) -> Received:
    (received,) = receive_records(log, [record], by=ADMIN)
    return received


def _named(log: EventLog, number: str) -> str:
    """The live contact that holds a number."""
    with log.reading() as reading:
        (contact_id,) = reading.contact_ids(identifier=phone(number), limit=2)
        return contact_id


def _call(log: EventLog, call_id: str, number: str | None) -> None:
    record_activity(
        log,
        call_from(number, day(20), "Ann"),
        activity_id=call_id,
        by=ADMIN,
    )


def _message(log: EventLog, message_id: str, number: str) -> None:
    record_activity(
        log,
        MessageSent(direction="inbound", number=number, text="Hello", sent_at=day(21)),
        activity_id=message_id,
        by=ADMIN,
    )


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The account on SQLite, made once."""
    with new_place("sqlite", tmp_path_factory.mktemp("filled")) as place:
        _fill_one(place)
        return place.folder


@pytest.fixture
def filled(kind: Kind, filled_folder: Path, tmp_path: Path) -> Iterator[Place]:
    """A store with the account: a copy, or made again if that is faster."""
    with new_place(kind, tmp_path / "store") as place:
        if kind == "sqlite":
            copytree(filled_folder, place.folder, dirs_exist_ok=True)
        else:
            _fill_one(place)
        yield place


def _fill_one(place: Place) -> None:
    with closing(_accounts(place, first_id=1)) as accounts:
        log = accounts.create(ACCOUNT, MergeSettings(default_region="US"), ADMIN)
        _fill(log)
        log.close()


@pytest.fixture
def log(filled: Place) -> Iterator[EventLog]:
    """The account, for one test, and open."""
    with (
        closing(_accounts(filled, first_id=1_001)) as accounts,
        closing(accounts.open(ACCOUNT)) as log,
    ):
        yield log


@pytest.fixture
def database(filled: Place) -> Behind:
    """The tables of `log`, to be damaged behind its back."""
    return filled.database(ACCOUNT)
