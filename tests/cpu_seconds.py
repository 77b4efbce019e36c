"""The CPU seconds that each module of tests costs, for the last lines of `run.py test`.

It counts the process that runs the tests and all processes that it starts, including services and
databases: those that have ended, and on Linux those that still run.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

_TICKS = os.sysconf("SC_CLK_TCK")


class CpuSeconds:
    """Counts them, and adds them to a file: on each line the seconds and a module."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._before = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Iterator[None]:
        result = yield
        if nextitem is None or nextitem.path != item.path:
            now = cpu_seconds()
            with self._file.open("a", encoding="utf-8") as file:
                module = item.nodeid.partition("::")[0]
                file.write(f"{now - self._before:.2f} {module}\n")
            self._before = now
        return result


def cpu_seconds() -> float:
    """What this process and all that it has started have used so far."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    started = _children()
    parents = [os.getpid()]
    while parents:
        for process, seconds in started[parents.pop()]:
            total += seconds
            parents.append(process)
    return total


def _children() -> defaultdict[int, list[tuple[int, float]]]:
    """By process those that it started, each with its seconds and those of what it waited for."""
    found = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text("utf-8", errors="replace")
        except OSError:
            continue  # it has ended since
        parent, *times = (
            int(stat.rpartition(") ")[2].split()[each]) for each in (1, 11, 12, 13, 14)
        )
        found[parent].append((int(folder.name), sum(times) / _TICKS))
    return found
