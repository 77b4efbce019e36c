"""Which thread does a short read: the event loop's own, unless it takes long or has to wait."""

import asyncio
from threading import get_ident

import pytest

from infrastructure.web import look_ups
from infrastructure.web.look_ups import LONGEST, MOST_WORK, PAUSE, LookUps, is_look_up, look_up

LONG = 2 * LONGEST


class Clock:
    """The time, which passes only when a read lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(look_ups, "perf_counter", clock)
    monkeypatch.setattr(look_ups, "thread_time", lambda: 0.0)
    return clock


def in_loop(reads: LookUps, clock: Clock, *seconds: float, fails: bool = False) -> list[bool]:
    """Read so often, each time for so long. Says for each whether the event loop did it."""
    done: list[bool] = []

    def read(seconds: float) -> None:
        clock.now += seconds
        done.append(get_ident() == ours)
        if fails:
            raise LookupError

    async def go() -> None:
        for each in seconds:
            try:
                await reads.read(read, {"seconds": each})
            except LookupError:
                assert fails

    ours = get_ident()
    asyncio.run(go())
    return done


def test_the_event_loop_does_them_after_the_first(clock: Clock) -> None:
    assert in_loop(LookUps(in_loop=True), clock, LONG, 0, LONGEST, 0) == [False, True, True, True]


@pytest.mark.parametrize("fails", [False, True])
def test_after_one_that_took_long_the_next_are_handed_over(clock: Clock, fails: bool) -> None:
    done = in_loop(LookUps(in_loop=True), clock, 0, LONG, *([0] * PAUSE), 0, fails=fails)
    assert done == [False, True, *([False] * PAUSE), True]


def test_one_that_computes_for_long_counts_before_one_that_waits(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_ups, "thread_time", clock)
    done = in_loop(LookUps(in_loop=True), clock, 0, MOST_WORK, 2 * MOST_WORK, 0)
    assert done == [False, True, True, False]


def test_a_store_that_has_to_be_waited_for_is_always_read_elsewhere(clock: Clock) -> None:
    assert in_loop(LookUps(in_loop=False), clock, 0, 0, 0) == [False, False, False]


def test_an_endpoint_is_one_if_it_says_so_and_perhaps_only_with_some_arguments() -> None:
    @look_up(lambda given: given["phone"] is not None)
    def find(phone: str | None) -> None: ...

    @look_up()
    def show() -> None: ...

    assert [is_look_up(find, {"phone": each}) for each in ("1", None)] == [True, False]
    assert (is_look_up(show, {}), is_look_up(print, {})) == (True, False)
