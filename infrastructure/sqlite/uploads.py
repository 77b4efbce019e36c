"""Files that wait for their job, in a folder of the account."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

from infrastructure.sqlite.errors import store_errors
from infrastructure.storage.database import Readable


class SqliteUploads:
    """Files that wait for their jobs, in a folder of the account (see database.Uploads)."""

    def __init__(self, folder: Path, account: Path) -> None:
        self._folder = folder
        self._account = account

    def keep(self, job_id: str, file: Readable) -> None:
        path = self._path(job_id)
        with store_errors(self._folder):
            self._folder.mkdir(exist_ok=True)
        with store_errors(self._account), path.open("xb") as kept:
            path.chmod(0o600)
            while block := file.read(1 << 20):
                kept.write(block)

    @contextmanager
    def opened(self, job_id: str) -> Iterator[Path]:
        yield self._path(job_id)

    def remove(self, job_id: str) -> None:
        self._path(job_id).unlink(missing_ok=True)

    def remove_abandoned(self, seconds: float) -> None:
        long_ago = time() - seconds
        for path in self._folder.glob("*.csv"):
            if path.stat().st_mtime < long_ago:
                path.unlink()

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.csv"
