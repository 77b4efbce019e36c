"""Files that wait for their jobs, kept in PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from time import time

from infrastructure.postgresql.session import PostgresSession
from infrastructure.scratch import scratch_folder
from infrastructure.storage.database import Readable

_BLOCK = 1 << 20


class PostgresUploads:
    """Files that wait for their jobs, in blocks (see database.Uploads)."""

    def __init__(self, session: Callable[[], AbstractContextManager[PostgresSession]]) -> None:
        self._session = session

    def keep(self, job_id: str, file: Readable) -> None:
        now = int(time())
        with self._session() as session:
            for number in count():
                block = file.read(_BLOCK)
                if not block:
                    return
                session.execute(
                    "INSERT INTO uploads VALUES (?, ?, ?, ?)", (job_id, number, now, block)
                )

    @contextmanager
    def opened(self, job_id: str) -> Iterator[Path]:
        with scratch_folder() as folder:
            path = folder / f"{job_id}.csv"
            with path.open("xb") as file, self._session() as session:
                for number in count():
                    row = session.execute(
                        "SELECT block FROM uploads WHERE job_id = ? AND number = ?",
                        (job_id, number),
                    ).fetchone()
                    if row is None:
                        break
                    file.write(row[0])
            yield path

    def remove(self, job_id: str) -> None:
        with self._session() as session:
            session.execute("DELETE FROM uploads WHERE job_id = ?", (job_id,))

    def remove_abandoned(self, seconds: float) -> None:
        with self._session() as session:
            session.execute("DELETE FROM uploads WHERE at < ?", (int(time() - seconds),))
