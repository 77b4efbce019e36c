"""Logs: one line of JSON each on standard error, without personal data."""

import logging
import sys
from contextlib import nullcontext
from datetime import datetime
from functools import lru_cache
from traceback import walk_tb
from types import TracebackType
from typing import Any

from pydantic_core import to_json


def configure_logs(level: str) -> None:
    """Write log records of this level and above as lines of JSON from now on."""
    # No line contains these; logging documents the switches as a way to make it faster.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001
    logging.basicConfig(level=level.upper(), handlers=[_JsonLines()], force=True)


class _JsonLines(logging.Handler):
    """A line of JSON for each record: the time, the level, the message, and its fields.

    Lines are written together, a few times a second, since each write gives way to other threads.
    """

    EVERY = 0.2
    _PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._last = 0.0

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _second(int(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **{
                name: value
                for name, value in vars(record).items()
                if name not in self._PLAIN and value is not None
            },
        }
        if record.exc_info:
            line["exception"] = _where(record.exc_info[2], record.exc_info[0])
        return to_json(line, fallback=str).decode()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        if record.levelno > logging.INFO or record.created - self._last > self.EVERY:
            self._last = record.created
            self.flush()

    def flush(self) -> None:
        with self.lock or nullcontext():
            lines, self._lines = self._lines, []
            if lines:
                sys.stderr.write("\n".join(lines) + "\n")
                sys.stderr.flush()


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second).astimezone().isoformat()


def _where(traceback: TracebackType | None, kind: type[BaseException] | None) -> list[str]:
    """An exception's type and lines of code, but not its message: it may have personal data."""
    codes = ((frame.f_code, number) for frame, number in walk_tb(traceback))
    lines = (f"{code.co_filename}:{number} {code.co_name}" for code, number in codes)
    return [kind.__name__ if kind else "?", *lines]
