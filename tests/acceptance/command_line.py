"""`contact-merging` as people and programs use it: a process per command, real files and stores.

Each process is forked from one that has loaded the program already, which saves half a second per
command. If the process itself is under test, `start` runs `python -m infrastructure.cli`.

A test that takes `cli` runs on every kind of store; a test that needs no store takes `program`.
"""

import csv
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest

from application.commands.receive_records import receive_records
from application.commands.received import Received
from domain.records import Record
from infrastructure.cli import main
from tests.forked import forked
from tests.stores import Place

ROOT = Path(__file__).resolve().parents[2]
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
ON_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"])
"""Tests of what only one kind of store has, such as files, or a server."""
COUNTS = ("rows", "created", "merged", "updated", "unchanged", "rejected", "contacts")


@dataclass(frozen=True)
class Answer:
    """The outcome of a command, which never includes a traceback or a warning."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err, self.err
        assert "Warning" not in self.err, self.err

    @property
    def document(self) -> Any:
        """The one JSON document on standard output of a command that did what it was asked."""
        assert (self.status, self.err) == (0, "")
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """What a command that did what it was asked printed for people."""
        assert self.status == 0, self.err
        return self.out.splitlines()

    def refuses(self, *said: str, status: int = 1) -> None:
        """Check that it refused, with one line on standard error that contains each of these."""
        assert self.status == status, self.err
        assert self.out == ""
        assert self.err.startswith("contact-merging: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        assert self.err[:-1].isprintable(), self.err
        for part in said:
            assert part in self.err


class Program:
    """The command line, and a folder that it is in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = count(1)

    def run_alone(self, *arguments: str | Path) -> Answer:
        """Run a command with these arguments and no others."""
        said = [self.folder / "out", self.folder / "err"]
        process = forked().Process(target=_command, args=(self.folder, *said, *map(str, arguments)))
        process.start()
        process.join(60)
        assert process.exitcode is not None, "it does not end"
        return Answer(process.exitcode, *(path.read_text("utf-8") for path in said))

    def start(
        self,
        *arguments: str | Path,
        prefix: Sequence[str | Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start a program with these arguments and no others."""
        return subprocess.Popen(
            [*prefix, sys.executable, "-W", "error", "-m", "infrastructure.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def file(self, content: str | bytes, name: str | None = None) -> Path:
        """Write a file."""
        path = self.folder / (name or f"file{next(self._files)}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class CommandLine(Program):
    """The command line over an empty store."""

    def __init__(self, folder: Path, place: Place) -> None:
        super().__init__(folder)
        self.place = place
        self.store = place.folder
        """Where SQLite has its files."""
        self._begun: set[str] = set()

    def run(self, command: str, *arguments: str | Path, account: str | None = None) -> Answer:
        """Run a command on the store."""
        return self.run_alone(command, *self._where(account), *arguments)

    def run_as_process(
        self,
        command: str,
        *arguments: str | Path,
        account: str | None = None,
        prefix: Sequence[str | Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a command as a program of its own. `prefix`: one that runs it, with its arguments."""
        given = (command, *self._where(account), *arguments)
        process = self.start(*given, prefix=prefix, environment=environment)
        return answer_of(process)

    def _where(self, account: str | None) -> list[str]:
        named = [] if account is None else ["--account", account]
        return ["--store", self.place.url, *named]

    def begins(self, account: str = "default", region: str = "US") -> None:
        """Make an account if an operator must: on SQLite the first import makes it."""
        if self.place.kind == "postgresql" and account not in self._begun:
            assert account in self.run("accounts", "--add", account, "--region", region).lines
            self._begun.add(account)

    def imports(
        self, content: str | bytes | Path, *options: str, account: str | None = None
    ) -> dict[str, Any]:
        """Import a file, phones read as American ones; its answer."""
        self.begins(account or "default")
        path = content if isinstance(content, Path) else self.file(content)
        answer = self.run("import", path, "--region", "US", "--json", *options, account=account)
        assert answer.status == 0, answer.err
        document: dict[str, Any] = json.loads(answer.out)
        outcomes = ("created", "merged", "updated", "unchanged", "rejected")
        assert document["rows"] == sum(document[each] for each in outcomes)
        assert (document["rejected_file"] is None) is (document["rejected"] == 0)
        return document

    def contacts(self, *options: str, account: str | None = None) -> list[dict[str, Any]]:
        """What each contact says, oldest first."""
        page = self.run("contacts", "--json", *options, account=account).document
        return [said(contact) for contact in page["items"]]

    def ids(self, *options: str) -> list[str]:
        """The ids of the contacts, oldest first."""
        page = self.run("contacts", "--json", *options).document
        return [contact["id"] for contact in page["items"]]

    def events(self, account: str | None = None) -> int:
        """Verify an account. Returns the length of its log."""
        verified = self.run("verify", "--json", account=account).document
        assert verified["problems"] == []
        return int(verified["events"])

    def waits_for_events(self, many: int, account: str = "default") -> None:
        """Wait until the log, which another process writes, has this length."""
        database = self.place.database(account)
        deadline = monotonic() + 30
        while database.execute("SELECT count(*) FROM events") < [(many,)]:
            assert monotonic() < deadline
            sleep(0.02)

    def sends(self, *records: Record, account: str = "default") -> list[Received]:
        """Send records of integrations, the API or the dashboard, for which there is no command."""
        with closing(self.place.open(account)) as log:
            return receive_records(log, records, by="sender")

    @property
    def is_untouched(self) -> bool:
        """Whether the store is unused: no folder, or no schema in the database."""
        if self.place.kind == "sqlite":
            return not self.store.exists()
        with psycopg.connect(self.place.url) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_namespace"
                " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> ALL('{information_schema,public}')"
            )
            return found.fetchone() is None


def at(place: Place, folder: Path) -> CommandLine:
    """The command line over a store that is empty."""
    if place.kind == "sqlite":
        place.folder.rmdir()  # the first command that writes makes it
    return CommandLine(folder, place)


def answer_of(process: "subprocess.Popen[str]") -> Answer:
    """The outcome of a program that was started."""
    out, err = process.communicate(timeout=60)
    return Answer(process.returncode, out, err)


def _command(folder: Path, out: Path, err: Path, *arguments: str) -> None:
    """Run the command in a folder, in the forked process, with its output in files."""
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    warnings.simplefilter("error")
    sys.argv = ["contact-merging", *arguments]
    main()


def counts(imported: Mapping[str, Any]) -> dict[str, int]:
    """The counts of an import that are not 0."""
    return {name: imported[name] for name in COUNTS if imported[name]}


def said(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact's values without their origin and without empty ones."""
    says = {
        "name": contact.get("name"),
        "phones": [point["value"] for point in contact["phones"]],
        "emails": [point["value"] for point in contact["emails"]],
        **{name: shown["value"] for name, shown in contact["attributes"].items()},
    }
    if contact["kind"] == "lead":
        says["kind"] = "lead"
    return {name: value for name, value in says.items() if value}


def rejected(imported: Mapping[str, Any]) -> list[list[str]]:
    """The rows of the file of rejected rows, including its header."""
    csv.field_size_limit(1 << 28)
    with Path(imported["rejected_file"]).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
