"""The contacts of a large account are checked in a second process: the same is found."""

import multiprocessing
from contextlib import suppress
from multiprocessing.process import BaseProcess

import pytest

from application.refusals import StoreUnusable
from infrastructure.account_log.folding import NAME, folding
from infrastructure.account_log.log import PASSES, EventLog
from tests.filled_account import EVENTS
from tests.stores import Behind, only_sqlite

DAMAGED = (
    "UPDATE contacts SET records = records + 1, origins = '[]' WHERE status = 'live'",
    "UPDATE contacts SET survivor = 'nobody' WHERE status = 'absorbed'",
    "DELETE FROM identifiers WHERE kind = 'email'",
    "UPDATE days SET number = number + 1",
)
UNREADABLE = ("UPDATE contacts SET attributes = 'none' WHERE status = 'live'",)


@pytest.mark.parametrize("damage", [(), DAMAGED, UNREADABLE])
def test_two_processes_find_what_one_finds(
    log: EventLog, database: Behind, damage: tuple[str, ...]
) -> None:
    for statement in damage:
        database.execute(statement)
    beside = log.verify(large=0)
    assert beside == log.verify()
    assert bool(beside.problems) == bool(damage)


def second_processes() -> list[BaseProcess]:
    return [each for each in multiprocessing.active_children() if each.name == NAME]


def test_progress_counts_the_events_that_both_processes_read(log: EventLog) -> None:
    told: list[int] = []
    log.verify(told.append, batch=1, large=0)
    # Of so few events the check of the chain tells nothing: the others read all of them.
    assert sum(told) == (PASSES - 1) * EVENTS
    assert not second_processes()


def test_a_second_process_that_ends_early_is_an_error_and_not_a_clean_account(
    log: EventLog,
) -> None:
    with (
        log.database.session() as session,
        log.database.looking_on(session),
        folding(log.database, session, None, large=0) as problems_found,
    ):
        (process,) = second_processes()
        process.kill()
        with pytest.raises(StoreUnusable, match="ended before it was done; verify again"):
            problems_found()


@only_sqlite
def test_a_second_process_says_why_it_cannot_read_the_account(
    log: EventLog, database: Behind
) -> None:
    with log.database.session() as session, log.database.looking_on(session):
        database.execute("PRAGMA user_version = 99")
        with (
            folding(log.database, session, None, large=0) as problems_found,
            pytest.raises(StoreUnusable, match="written by a newer version"),
        ):
            problems_found()


def test_a_check_that_is_given_up_leaves_no_process(log: EventLog) -> None:
    with (
        suppress(KeyboardInterrupt),
        log.database.session() as session,
        log.database.looking_on(session),
        folding(log.database, session, None, large=0),
    ):
        raise KeyboardInterrupt
    assert not second_processes()
