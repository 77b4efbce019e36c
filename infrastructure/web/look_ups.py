"""Reads so short that handing them to another thread would take longer: the event loop does them.

Only on SQLite, which is read without waiting for a network or a writer. If one takes long, the next
`PAUSE` of its kind in this account are handed over; then the loop tries again. So however slow they
are, at most one in twenty keeps others waiting.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from time import perf_counter, thread_time
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
Values = Mapping[str, Any]

MOST_WORK = 0.001
"""Seconds of the processor's time: from here on a read takes long."""
LONGEST = 0.01
"""The same in seconds, in which the disk may have been waited for, or the machine was busy."""
PAUSE = 20
"""How many are handed over after one that took long."""
_MARK = "is_look_up"


def look_up(when: Callable[[Values], bool] = lambda _: True) -> Callable[[T], T]:
    """Mark an endpoint that reads little. `when`: whether it does with these arguments."""

    def mark(endpoint: T) -> T:
        setattr(endpoint, _MARK, when)
        return endpoint

    return mark


def is_look_up(endpoint: Callable[..., Any], values: Values) -> bool:
    """Whether an endpoint reads little, with these arguments."""
    when = getattr(endpoint, _MARK, None)
    return when is not None and bool(when(values))


class LookUps:
    """Those of one account. `in_loop`: the event loop may do them. Used in the loop's thread."""

    def __init__(self, *, in_loop: bool) -> None:
        self._in_loop = in_loop
        # The first one may open the file.
        self._to_hand_over: defaultdict[Any, int] = defaultdict(lambda: 1)

    async def read(self, kind: Callable[..., T], values: Values) -> T:
        """Call a function, here or in another thread."""
        if not self._in_loop:
            return await run_in_threadpool(kind, **values)
        if self._to_hand_over[kind]:
            self._to_hand_over[kind] -= 1
            return await run_in_threadpool(kind, **values)
        began, worked = perf_counter(), thread_time()
        try:
            return kind(**values)
        finally:
            if thread_time() - worked > MOST_WORK or perf_counter() - began > LONGEST:
                self._to_hand_over[kind] = PAUSE
