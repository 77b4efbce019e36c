"""Commands of one account that arrive together commit together.

Each is durable before it is answered. While one commit waits for the disk, the commands that arrive
are gathered for the next. A command that is refused writes nothing and does not affect the others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from infrastructure.account_log.log import EventLog, Part

T = TypeVar("T")

LARGEST = 64
"""The largest number of commands in a commit, which bounds the wait of those that come later."""


class _Waiting(NamedTuple):
    command: Callable[[Part], Any]
    answer: "asyncio.Future[Any]"


class _Done(NamedTuple):
    answer: "asyncio.Future[Any]"
    result: Any
    error: Exception | None


class Commits:
    """The commands of one account. Methods are called in the event loop's thread."""

    def __init__(self, log: EventLog, pool: Executor, committed: Callable[[int], None]) -> None:
        """`committed` is called in the event loop with the number of commands of each commit."""
        self._log = log
        self._pool = pool
        self._committed = committed
        self._guard = Lock()
        self._waiting: list[_Waiting] = []
        self._busy = False

    async def carry_out(self, command: Callable[[Part], T]) -> T:
        """Carry out a command. Returns when it is committed. Raises what the command raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        with self._guard:
            self._waiting.append(_Waiting(command, answer))
            start, self._busy = not self._busy, True
        if start:
            self._pool.submit(self._work_off, loop)
        return await answer

    def _work_off(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit until no command waits. It runs once at a time."""
        while True:
            with self._guard:
                batch, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
                if not batch:
                    self._busy = False
                    return
            done = self._commit([each for each in batch if not each.answer.cancelled()])
            loop.call_soon_threadsafe(self._answer, done)

    def _commit(self, batch: list[_Waiting]) -> list[_Done]:
        done: list[_Done] = []
        try:
            with self._log.one_commit() as commit:
                for command, answer in batch:
                    try:
                        with commit.part() as part:
                            done.append(_Done(answer, command(part), None))
                    except Exception as error:
                        if commit.is_lost:
                            raise  # the writes before it in this commit are lost too
                        done.append(_Done(answer, None, error))
        except Exception as error:  # noqa: BLE001 -- every caller of this commit gets it
            refused = {each.answer for each in done if each.error is not None}
            return [each for each in done if each.error is not None] + [
                _Done(each.answer, None, error) for each in batch if each.answer not in refused
            ]
        return done

    def _answer(self, done: list[_Done]) -> None:
        for answer, result, error in done:
            if answer.done():
                continue  # the caller has gone
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)
        self._committed(len(done))
