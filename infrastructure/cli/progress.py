"""How far long work is, on standard error: how much of how much, how fast, and how long still."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.progress import Progress as Line
from rich.progress import TextColumn

from infrastructure.cli.output import messages, printable, say

SECONDS = 5.0
"""The time between two lines where standard error is not a terminal."""


class Progress:
    """The progress of a command: called with the items that were done since the last call."""

    def __init__(
        self, what: str, shows: Callable[[str], None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._what = what
        self._shows = shows
        self._clock = clock
        self._began = clock()
        self._done = self._before = 0
        self._total: int | None = None

    def expect(self, total: int, before: int = 0) -> None:
        """Say how many items there are. `before`: those that were done before this began."""
        self._total = total
        self._done = self._before = before

    def __call__(self, done: int) -> None:
        self._done += done
        self._shows(self.text())

    def text(self) -> str:
        """How far it is, in one line."""
        seconds = self._clock() - self._began
        rate = (self._done - self._before) / seconds if seconds > 0 else 0.0
        said = [f"{self._done:,}"]
        if self._total:
            of_all = 100 * self._done // self._total
            said = [f"{self._done:,} of {self._total:,} ({of_all} %)"]
        if rate >= 1:
            said.append(f"{rate:,.0f} a second")
            if self._total:
                said.append(f"{duration(max(0, self._total - self._done) / rate)} left")
        return f"{self._what}: {', '.join(said)}"


def duration(seconds: float) -> str:
    """A time to wait, in words: `20 s`, `3 min`, `1 h 20 min`."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A line on a terminal that changes; elsewhere a new line every few seconds."""
    what = printable(what)
    if not messages.is_terminal:
        yield Progress(what, _now_and_then())
        return
    column = TextColumn("{task.description}", markup=False)
    with Line(column, console=messages, transient=True) as line:
        task = line.add_task(what, total=None)
        yield Progress(what, lambda text: line.update(task, description=text))


def _now_and_then() -> Callable[[str], None]:
    """Print a text if the last one was printed long enough ago."""
    last = monotonic()

    def shows(text: str) -> None:
        nonlocal last
        if monotonic() - last >= SECONDS:
            last = monotonic()
            say(text)

    return shows
