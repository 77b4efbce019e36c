"""Taking contacts, merges and calls out, to a file or to standard output."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Annotated, TypeVar

import typer

from application.reads.whole_lists import CALLS, MERGES, every_call, every_contact, every_merge
from application.refusals import Refused
from domain.records import RecordKind
from infrastructure.bootstrap import DEFAULT_STORE, open_store
from infrastructure.cli import output
from infrastructure.cli.options import Account, Store
from infrastructure.cli.progress import progress
from infrastructure.formats.csv_writer import write_csv
from infrastructure.formats.export import write_contacts
from infrastructure.formats.table import Format

Item = TypeVar("Item")
commands = typer.Typer()
_ENDINGS: dict[str, Format] = {".csv": "csv", ".xlsx": "xlsx", ".vcf": "vcard", ".vcard": "vcard"}


@commands.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write. Default: standard output.")
    ] = None,
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="The format. Default: that of the file's ending, else csv."),
    ] = None,
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, phone or email.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone, in any spelling.")] = None,
    email: Annotated[str | None, typer.Option(help="An email.")] = None,
    kind: Annotated[RecordKind | None, typer.Option(help="Only contacts, or only leads.")] = None,
    merges: Annotated[
        bool, typer.Option("--merges", help="Export the merges, newest first, as csv.")
    ] = False,
    calls: Annotated[
        bool, typer.Option("--calls", help="Export the calls, newest first, as csv.")
    ] = False,
) -> None:
    """Export contacts, or merges or calls, to a file.

    Example: contact-merging export contacts.xlsx
    """
    as_ = format_ or _format_of(file)
    searched = {"q": q, "phone": phone, "email": email, "kind": kind}
    _check(as_, {"merges": merges, "calls": calls}, searched)
    if as_ == "xlsx" and file is None and sys.stdout.isatty():
        raise Refused("an xlsx file cannot be shown on a terminal; name a file")
    with (
        closing(open_store(store).open(account)) as log,
        progress("exporting") as shown,
        _written_whole(file) as written,
        log.reading() as reading,
        _named(file),  # here, or an error of the file would be taken for one of the account
    ):
        done = 0

        def told(items: Iterable[Item]) -> Iterator[Item]:
            nonlocal done
            for each in items:
                done += 1
                shown(1)
                yield each

        if merges:
            write_csv(written, MERGES, told(every_merge(reading)))
        elif calls:
            write_csv(written, CALLS, told(every_call(reading)))
        else:
            contacts = every_contact(reading, q=q, phone=phone, email=email, kind=kind)
            write_contacts(told(contacts), written, as_)
    what = "merges" if merges else "calls" if calls else "contacts"
    output.say(f"{done} {what} exported" + (f" to {file}" if file else ""))


def _format_of(file: Path | None) -> Format:
    """The format that a file's ending says. Raises BadParameter."""
    if file is None:
        return "csv"
    found = _ENDINGS.get(file.suffix.lower())
    if found is None:
        endings = ", ".join(_ENDINGS)
        raise typer.BadParameter(
            f"give csv, xlsx or vcard, or a file that ends in {endings}", param_hint="--format"
        )
    return found


def _check(format_: Format, lists: dict[str, bool], searched: dict[str, str | None]) -> None:
    """Check that options go together. Raises BadParameter."""
    given = [name for name, is_given in lists.items() if is_given]
    for name in given:
        others = [*given, *(each for each, value in searched.items() if value is not None)]
        other = next((each for each in others if each != name), None)
        if other is not None:
            raise typer.BadParameter(f"cannot be combined with --{other}", param_hint=f"--{name}")
        if format_ != "csv":
            raise typer.BadParameter(f"are exported as csv, not {format_}", param_hint=f"--{name}")


@contextmanager
def _written_whole(path: Path | None) -> Iterator[IO[bytes]]:
    """A file that gets its name, or is sent, when all of it is written. Raises Refused."""
    with _named(path):
        if path is None:
            with TemporaryFile() as file:
                yield file
                _send(file, sys.stdout.buffer)
        elif path.exists() and not path.is_file():  # such as a pipe
            with TemporaryFile() as file, path.open("wb") as end:
                yield file
                _send(file, end)
        else:
            with _renamed(path.resolve()) as file:
                yield file


@contextmanager
def _named(path: Path | None) -> Iterator[None]:
    """If a file cannot be written, say which one. Raises Refused."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(
            f"{path or 'standard output'}: {error.strerror}; nothing is exported"
        ) from None


def _send(file: IO[bytes], end: IO[bytes]) -> None:
    file.seek(0)
    shutil.copyfileobj(file, end)
    end.flush()


@contextmanager
def _renamed(path: Path) -> Iterator[IO[bytes]]:
    """A file beside another one, which it replaces at the end."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:50]}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
