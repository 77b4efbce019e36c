"""Undoing an import in the naive oracle: it lives through everything again without the rows."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from tests.state_machine.commands import Sent
from tests.state_machine.naive_oracle import Account


def take_out(oracle: Account, number: int, now: datetime, rows: Mapping[int, Sent]) -> set[int]:
    """Take rows back.

    A row stays if somebody did something to its contact by hand, and nobody else is left of it.
    Returns those that stay.
    """
    stay: set[int] = set()
    if not rows:
        return stay
    while True:
        gone = {each: sent for each, sent in rows.items() if each not in stay}
        left_to = {**oracle.left_to, **{row: _left_of(oracle, row, gone) for row in gone}}
        happened = [
            (n, at, _forget(gone[n]) if n in gone else what) for n, at, what in oracle.happened
        ]
        again = oracle.again(happened, oracle.undone, left_to)
        missed = {_last(each, left_to, gone) for each in again.missed} - {None}
        if not missed:
            break
        stay |= {each for each in missed if each is not None}
    again.remember_ids(oracle)
    again.number, again.now, again.missed = number, now, []
    again.attention = oracle.attention.after_undo(oracle, again, again.attention)
    oracle.__dict__ = again.__dict__
    return stay


def _left_of(oracle: Account, row: int, gone: Collection[int]) -> int | None:
    """The oldest of those who are one with a row now and are not gone, nor the lead of a call."""
    contact = oracle.find(row)
    leads = {each for each in oracle.known if each < 0 or each in oracle.activities}
    ids = oracle.ids(contact) - leads - {*gone} - {*oracle.left_to} if contact else set()
    return min(ids, default=None)


def _forget(sent: Sent) -> Callable[[Account], str]:
    return lambda oracle: oracle.forget(sent)


def _last(number: int, left_to: Mapping[int, int | None], gone: Collection[int]) -> int | None:
    """The last row on the way from a number to who is left of its contact."""
    last, following = None, number
    while following in left_to:
        last = following if following in gone else last
        following = left_to[following]  # type: ignore[assignment]  # None is not in it
    return last
