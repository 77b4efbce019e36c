"""Commands of one account that arrive together commit together.

Each is durable before it is answered. While one commit waits for the disk, the commands that arrive
are gathered for the next. A command that is refused writes nothing and does not affect the others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from infrastructure.account_log.log import EventLog, Part

T = TypeVar("T")

LARGEST = 64
"""The largest number of commands in a commit, which bounds the wait of those that come later."""


@dataclass(slots=True)
class _Waiting:
    command: Callable[[Part], Any]
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: Exception | None = None


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
            batch = [each for each in batch if not each.answer.cancelled()]
            self._commit(batch)
            loop.call_soon_threadsafe(self._answer, batch)

    def _commit(self, batch: list[_Waiting]) -> None:
        try:
            if len(batch) == 1:
                with self._log.commit() as part:
                    batch[0].result = batch[0].command(part)
                return
            with self._log.one_commit() as commit:
                for each in batch:
                    try:
                        with commit.part() as part:
                            each.result = each.command(part)
                    except Exception as error:
                        if commit.is_lost:
                            raise  # the writes before it in this commit are lost too
                        each.error = error
        except Exception as error:  # noqa: BLE001 -- every caller of this commit gets it
            for each in batch:
                each.error = each.error or error

    def _answer(self, done: list[_Waiting]) -> None:
        for each in done:
            if each.answer.done():
                continue  # the caller has gone
            if each.error is None:
                each.answer.set_result(each.result)
            else:
                each.answer.set_exception(each.error)
        self._committed(len(done))
