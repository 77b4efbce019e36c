"""The blocks of docs/tutorial.md run as they are, and print what the page shows."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.web.service import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
PORT = "export CONTACT_MERGING_PORT=8000\n"
LONGEST = 120
"""Seconds. It takes five."""

# What `run.py` does after installing, which was done before these tests.
RUN_PY = f"""
import os, sys
os.execv({sys.executable!r}, [{sys.executable!r}, "-m", "infrastructure.cli", *sys.argv[1:]])
"""

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = re.compile(
    r"(?P<key>\bcm_[\w-]{43})"
    r"|(?P<time>\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)"
    r"|(?P<digest>\b[0-9a-f]{64}\b)"
    r"|(?P<id>\b[0-9a-hjkmnp-tv-z]{16}\b)"
)


class Step(NamedTuple):
    """A block of commands, and its expected output."""

    commands: str
    printed: str


def steps() -> list[Step]:
    """The blocks of the tutorial: each is shell code, or the output of the code before it."""
    blocks = [(found[1], found[2]) for found in BLOCK.finditer(TUTORIAL.read_text("utf-8"))]
    assert {kind for kind, _ in blocks} == {"sh", "text"}
    assert blocks[0][0] == "sh"
    assert ("text", "text") not in {(one, other) for (one, _), (other, _) in pairwise(blocks)}
    return [
        Step(text, after if kind_after == "text" else "")
        for (kind, text), (kind_after, after) in pairwise([*blocks, ("sh", "")])
        if kind == "sh"
    ]


def run(commands: list[str], folder: Path) -> list[str]:
    """Run the blocks in one shell, in a folder like a clone. Returns the output of each."""
    (folder / "run.py").write_text(RUN_PY, "utf-8")
    between = "--- next ---"
    script = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + "\n".join(
        f"{block}\necho; echo '{between}'" for block in commands
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CONTACT_MERGING_")
    }
    with subprocess.Popen(
        [the("bash"), "-eu", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as shell:
        try:
            printed, errors = shell.communicate(timeout=LONGEST)
        finally:
            end(shell)
    log = folder / "tutorial.log"
    served = log.read_text("utf-8") if log.exists() else ""
    assert shell.returncode == 0, f"{printed}\n{errors}\n{served}"
    assert errors == "", f"{printed}\n{errors}"
    assert '"level":"error"' not in served
    return printed.split(f"\n{between}\n")[:-1]


def the(program: str) -> str:
    """The path of a program that the tutorial needs. Fails if it is missing."""
    found = shutil.which(program)
    assert found is not None, f"{program} is not installed (on Debian: apt-get install {program})"
    return found


def end(shell: "subprocess.Popen[str]") -> None:
    """End everything that the shell has started, if it did not reach its last block."""
    try:
        os.killpg(shell.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Masked:
    """Replaces ids, keys and times in texts by names that number them in order."""

    def __init__(self, commands: list[str]) -> None:
        self._written = {found[0] for each in commands for found in VARIES.finditer(each)}
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        return VARIES.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        kind = found.lastgroup
        if found[0] in self._written:
            return found[0]
        if kind == "time":
            return "TIME"
        return self._names.setdefault(found[0], f"{kind} {len(self._names) + 1}")


def masked(texts: list[str], commands: list[str]) -> Iterator[str]:
    mask = Masked(commands)
    for text in texts:
        yield mask(text).strip()


def test_it_prints_what_it_shows(tmp_path: Path) -> None:
    the("curl")
    commands = [step.commands for step in steps()]
    assert "".join(commands).count(PORT) == 1
    at_a_free_port = [each.replace("=8000\n", f"={free_port()}\n") for each in commands]
    printed = run(at_a_free_port, tmp_path)
    shown = [step.printed for step in steps()]
    assert len(printed) == len(shown)
    for block, comes, expected in zip(
        commands, masked(printed, commands), masked(shown, commands), strict=True
    ):
        assert comes == expected, block
