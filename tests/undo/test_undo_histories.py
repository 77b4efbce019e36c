"""Merge, then anything, then undo: the account is as if the merge had never been.

After every undo, in any order, the account has the same contacts, values and links as an account
with everything except that merge. `python -m tests.undo.search 0 10000` tries more histories; a
failure names its seed, and `python -m tests.undo.search SEED` prints that history again.
"""

import pytest

from application.commands.receive_records import receive_records
from application.history.undo_merge import undo_merge
from application.reads.merges import list_merges
from application.refusals import Conflict
from tests.state_machine.store import read
from tests.stores import Kind
from tests.undo.histories import History
from tests.undo.imports import Imports
from tests.undo.later import Later
from tests.undo.meanwhile import Meanwhile
from tests.undo.search import lived_through, search

HISTORIES: dict[Kind, int] = {"sqlite": 40, "postgresql": 30}
"""A step takes several times as long where each statement goes to another process and back."""


def test_undoing_leaves_the_account_that_never_had_the_merge(kind: Kind) -> None:
    number = HISTORIES[kind]
    assert search(kind, range(number)) > 0.8 * number


def test_undoing_in_steps_is_the_same_whatever_happens_meanwhile(kind: Kind) -> None:
    check_in_steps(kind, range(80_000, 80_000 + HISTORIES[kind] // 2))


def test_calls_of_a_contact_that_is_gone_may_be_linked_anew_later(kind: Kind) -> None:
    check_later(kind, range(90_000, 90_000 + HISTORIES[kind] // 4))


def check_later(kind: Kind, seeds: range) -> None:
    histories = list(lived_through(Later, kind, seeds))
    assert sum(each.late for each in histories) > 0.3 * len(seeds)


def test_undoing_an_import_leaves_the_account_that_never_had_it(kind: Kind) -> None:
    check_imports(kind, range(145, 145 + HISTORIES[kind] // 3))


def check_imports(kind: Kind, seeds: range) -> None:
    histories = list(lived_through(Imports, kind, seeds))
    assert sum(each.taken_out for each in histories) > 0.8 * len(seeds)
    assert sum(each.kept for each in histories) > 0


def check_in_steps(kind: Kind, seeds: range) -> None:
    histories = list(lived_through(Meanwhile, kind, seeds))
    undone = sum(each.undone for each in histories)
    begun_again = sum(each.begun_again for each in histories)
    assert undone > 0.6 * len(seeds)
    assert 0 < begun_again < undone


@pytest.mark.parametrize("seed", range(20_000, 20_006))
def test_the_oracle_and_the_account_agree_at_every_step(kind: Kind, seed: int) -> None:
    history = History(kind, seed, length=40)
    history.live_through(check_always=True)
    history.verify()
    history.close()


@pytest.mark.parametrize("seed", range(30_000, 30_006))
def test_undoing_twice_changes_nothing(kind: Kind, seed: int) -> None:
    history = History(kind, seed, length=40)
    history.live_through()
    with history.log.reading() as reading:
        merges = list_merges(reading, limit=1_000).items
    length = history.log.recorder.max_notification_id()
    for merge in merges:
        if merge.undone_at is not None:
            with pytest.raises(Conflict, match="is already undone"):
                undo_merge(history.log, merge.id, by="admin")
    assert history.log.recorder.max_notification_id() == length
    history.close()


@pytest.mark.parametrize("seed", range(40_000, 40_006))
def test_every_merge_can_be_undone_in_any_order(kind: Kind, seed: int) -> None:
    history = History(kind, seed, length=40)
    history.live_through()
    while history.oracle.merged:
        history.number += 1
        history.undo()
        history.compare()
    history.verify()
    history.close()


@pytest.mark.parametrize("seed", range(50_000, 50_006))
def test_without_every_other_account_an_account_is_the_same_to_the_byte(
    kind: Kind, seed: int
) -> None:
    """The same commands give the same account, whatever happens in another account."""
    alone = History(kind, seed)
    beside = History(kind, seed)
    other = History(kind, seed + 1, beside=beside)
    for _ in range(alone.length):
        alone.live_on()
        beside.live_on()
        other.live_on()
    assert beside.store.dump("first") == alone.store.dump("first")
    assert beside.told == alone.told
    beside.close()
    alone.close()


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_a_rebuild_gives_the_same_rows_whatever_the_batch(kind: Kind, batch: int) -> None:
    history = History(kind, 60_000 + batch, length=40)
    history.live_through()
    before = history.store.dump("first")
    assert history.log.rebuild(batch=batch).differences == ()
    assert history.store.dump("first") == before
    history.close()


@pytest.mark.parametrize("seed", range(70_000, 70_005))
def test_what_was_sent_before_is_not_recorded_again(kind: Kind, seed: int) -> None:
    history = History(kind, seed, length=40)
    history.live_through()
    length = history.log.recorder.max_notification_id()
    for contact in history.oracle.live():
        for record in contact.records:
            _, _, sent = max(record.messages, key=lambda message: message[:2])
            if sent.source == "api":
                continue  # an api sends nothing twice: every message is a new contact
            (received,) = receive_records(history.log, [read(sent)], by="sender")
            assert received.outcome == "unchanged"
            assert history.log.recorder.max_notification_id() == length
    history.close()
