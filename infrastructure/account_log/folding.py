"""The contacts of a large account are checked in a second process, beside its tables."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from application.refusals import Refused, StoreUnusable
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.read_models.rebuild import BATCH, Progress
from infrastructure.read_models.verify import problems_of_contacts
from infrastructure.storage.database import Database
from infrastructure.storage.session import Session, read_head

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

NAME = "verify"
"""The name of the second process."""
LARGE = 50_000
"""From so many events on, a second process is quicker. It takes half a second to start."""


@contextmanager
def folding(
    database: Database[Any],
    session: Session,
    progress: Progress | None,
    *,
    batch: int = BATCH,
    large: int = LARGE,
) -> Iterator[Callable[[], list[str]]]:
    """Check the contacts of an account. Gives a function that returns what is wrong with them.

    The second process has a snapshot of its own, which may be a little newer.
    """
    if read_head(session).position < large:
        yield lambda: problems_of_contacts(session, progress, batch)
        return
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_fold_and_send,
        args=(database, batch if progress else None, sender),
        daemon=True,
        name=NAME,
    )
    process.start()
    sender.close()  # so that the pipe ends when the process ends
    with receiver:
        try:
            yield lambda: _received(receiver, progress)
        finally:
            process.terminate()
            process.join()


def _received(receiver: "Connection", progress: Progress | None) -> list[str]:
    try:
        while isinstance(message := receiver.recv(), int):
            if progress:
                progress(message)
    except (EOFError, OSError):
        reason = "the process that checks the contacts ended before it was done; verify again"
        raise StoreUnusable(reason) from None
    if isinstance(message, str):
        raise StoreUnusable(message)
    found: list[str] = message
    return found


def _fold_and_send(database: Database[Any], batch: int | None, sender: "Connection") -> None:
    """Send how many events were read, each time, and at last what is wrong, or why it failed.

    `batch`: after how many events to tell it; None if nobody asks.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    try:
        with (
            garbage_collected_seldom(),
            database.session() as session,
            database.looking_on(session),
        ):
            told = sender.send if batch else None
            sender.send(problems_of_contacts(session, told, batch or BATCH))
    except Refused as refused:
        sender.send(str(refused))
    except BrokenPipeError:
        pass  # the parent process is gone
