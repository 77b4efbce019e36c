"""Importing a file by command: a job like any other, carried out by this process."""

import json as json_text
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from application.commands.received import Received
from application.documents.previews import PreviewDocument
from application.jobs.job import Interrupted, Job, ReadRow
from application.reads.paging import PAGE
from application.refusals import Refused
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import DEFAULT_STORE, open_store
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.lists import print_import_list
from infrastructure.cli.options import (
    BY,
    Account,
    Cursor,
    Import,
    Json,
    Limit,
    Region,
    Store,
    is_made_by_imports,
    open_or_make_account,
)
from infrastructure.cli.preview_output import print_preview
from infrastructure.cli.progress import progress
from infrastructure.formats.contact_file import ROWS_LOOKED_AT, open_contacts
from infrastructure.jobs.carry_out import BATCH, cancel_import, carry_out_here, preview_here
from infrastructure.jobs.file_imports import check_file, import_of
from infrastructure.jobs.running import Manner
from infrastructure.jobs.shown import list_imports, rejected_csv
from infrastructure.jobs.shown_previews import preview_of
from infrastructure.scratch import scratch_folder

_ROWS = 10_000
"""Rows that are committed together. Other writers wait for them."""

commands = Commands()


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or vCard file.", readable=False)],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    region: Region = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            help="COLUMN=FIELD: name, first_name, middle_name, last_name_prefix, last_name, phone, "
            "email, country, extension, area_code, ignore, or the name of an attribute. Or a file "
            "with one of these a line, or with a JSON object. It is remembered for files with the "
            "same columns.",
            metavar="COLUMN=FIELD|FILE",
        ),
    ] = None,
    forget_mapping: Annotated[
        bool, typer.Option("--forget-mapping", help="Forget what was mapped before.")
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="How the file's bytes are read, such as cp1250; found by itself if left out."
        ),
    ] = None,
    header_row: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=ROWS_LOOKED_AT,
            help="The number of the row that names the columns, 0 if none does; found by itself if "
            "left out.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say with names what would happen; write nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Import a file; rejected rows are written to a file that the command names.

    Example: contact-merging import people.csv --region US
    """
    if not file.exists():
        raise Refused(f"{file}: there is no such file")
    fields = _mapping(mapping or [])
    began = time.monotonic()

    def check() -> None:
        open_contacts(file, fields, region=region, encoding=encoding, header_row=header_row)

    with (
        _logs(store, account, region, check, dry_run=dry_run) as (log, keeper),
        progress(f"importing {file.name}") as shown,
    ):
        job = import_of(
            log,
            file=_text(file.name),
            by=f"import:{_text(file.name)}"[:200],
            region=region,
            mapping=fields,
            encoding=encoding,
            header_row=header_row,
            forget=forget_mapping,
            dry_run=dry_run,
        )
        check_file(log, job, file)
        folder = Path(tempfile.gettempdir()) if dry_run else log.database.rejected_folder
        rejected = folder / f"{job.id}.rejected.csv"

        def told(rows: Sequence[ReadRow], results: Sequence[Received]) -> None:
            shown(len(rows))
            if any(result.error is not None for result in results):
                _make(rejected)  # before the batch is recorded, since this may be refused

        manner = Manner(BATCH if dry_run else _ROWS, told, shown.expect)
        if dry_run:
            job, contacts = preview_here(log, keeper, job, file, manner)
        else:
            job = _imported(log, job, file, manner)
            with log.reading() as reading:
                contacts = reading.count_contacts()
        if job.result["rejected"]:
            _make(rejected)
            with rejected.open("w", encoding="utf-8", newline="") as lines:
                lines.writelines(rejected_csv(keeper, job.id))
        region = job.options["region"]
        found = preview_of(keeper, job.id) if dry_run else None
    if region is None:
        output.say(
            "no region is set: phone numbers without + or 00 cannot be matched; give --region"
        )
    _say_what_was_understood(job.options["understood"], json=json)
    seconds = time.monotonic() - began
    _report(job, rejected, Ended(contacts, seconds, found), json=json)


@contextmanager
def _logs(
    store: str, account: str, region: str | None, check: Callable[[], None], *, dry_run: bool
) -> Iterator[tuple[EventLog, EventLog]]:
    """The log to import into, and the one that keeps the job: for a dry run a temporary one.

    An account that is missing is made if imports make accounts, after the check of the file.
    """
    accounts = open_store(store)
    if account not in accounts.names():
        check()
    with ExitStack() as opened:
        if not dry_run:
            log = keeper = open_or_make_account(accounts, account, region, by=BY)
        else:
            folder = opened.enter_context(scratch_folder())
            keeper = open_or_make_account(open_store(f"sqlite:{folder}"), account, region, by=BY)
            is_missing = is_made_by_imports(accounts, account)
            log = keeper if is_missing else accounts.open(account)
        for each in {log, keeper}:
            opened.enter_context(closing(each))
        yield log, keeper


def _imported(log: EventLog, job: Job, file: Path, manner: Manner) -> Job:
    """The import as it ended. Raises Refused if it failed."""
    try:
        job = carry_out_here(log, job, file, manner)
    except Interrupted as interrupted:
        raise Refused(f"{file}: {interrupted}") from None
    if job.status != "done":
        raise Refused(f"{file}: {job.error or 'the import was cancelled'}")
    return job


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _text(name: str) -> str:
    """A file's name as text. Bytes that are not UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


class Ended(NamedTuple):
    """How many contacts there are now or would be, and what a dry run found."""

    contacts: int
    seconds: float
    found: PreviewDocument | None


def _report(job: Job, rejected: Path, ended: Ended, *, json: bool) -> None:
    contacts, seconds, found = ended
    where = str(rejected) if job.result["rejected"] else None
    document = {
        "import_id": job.id,
        "rows": job.done,
        **job.result,
        "contacts": contacts,
        "seconds": round(seconds, 3),
        "rejected_file": where,
        "understood": job.options["understood"],
    }
    if found is not None:
        document["preview"] = found.model_dump(mode="json")
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in job.result.items())
    now = "contacts now" if found is None else "contacts then; nothing was written"
    said = f"{job.done} rows: {outcomes}; {contacts} {now} ({seconds:.1f} s)"

    def print_report() -> None:
        output.line(said)
        if found is not None:
            print_preview(found, joined=job.result["merged"])

    output.print_answer(output.Answer(document, print_report), json=json)
    if where:
        output.say(f"rejected rows, with their reasons: {where}")


@commands.changes
def imports(log: EventLog, limit: Limit = PAGE, cursor: Cursor = None) -> output.Answer:
    """List imports, newest first, with what became of their rows.

    Example: contact-merging imports
    """
    return output.of_page(list_imports(log, limit=limit, cursor=cursor), print_import_list)


@commands.changes
def cancel(log: EventLog, import_id: Import) -> output.Answer:
    """Cancel an import that is running; the rows that it has imported stay.

    Example: contact-merging cancel 06h0q72vk2
    """
    with log.database.writing() as session:
        cancel_import(log, session, import_id)
    log.database.uploads.remove(import_id)
    return output.Answer(
        {"cancelled": import_id}, lambda: output.line(f"import {import_id} is cancelled")
    )


_FORMATS = {"csv": "CSV", "xlsx": "XLSX", "vcard": "vCard"}


def _say_what_was_understood(understood: Mapping[str, Any], *, json: bool) -> None:
    """What a person should look at, and, unless JSON says it, the format and the columns."""
    row, encoding, preset = (understood[each] for each in ("header_row", "encoding", "preset"))
    if not json:
        read = [
            _FORMATS[understood["format"]],
            encoding,
            row and f"header in row {row}",
            preset and f"as {preset} exports it",
        ]
        output.say(f"read as {', '.join(filter(None, read))}")
        for each in understood["columns"]:
            column = each["column"] or "(no name)"
            output.say(f"  {column}: {each['becomes']} ({each['because']})")
    if understood["mapping"] == "remembered":
        output.say("with the mapping that was given before; --forget-mapping forgets it")
    for note in understood["notes"]:
        output.say(f"note: {note}")
    for warning in understood["warnings"]:
        output.say(f"WARNING: {warning}")


def _mapping(given: list[str]) -> dict[str, str]:
    """What columns are: pairs, and files of pairs. Raises BadParameter, and Refused."""
    fields: dict[str, str] = {}
    for each in given:
        if "=" not in each and Path(each).is_file():
            fields |= _mapping_in(Path(each))
        else:
            fields |= _pair(each, "")
    return fields


def _mapping_in(path: Path) -> dict[str, str]:
    """The mapping in a file: COLUMN=FIELD lines, or a JSON object."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read: {error}") from None
    if not text.lstrip().startswith("{"):
        lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
        return {k: v for line in lines for k, v in _pair(line, f"{path}: ").items()}
    try:
        fields = json_text.loads(text)
    except ValueError as error:
        raise Refused(f"{path}: is not valid JSON: {error}") from None
    if not all(isinstance(field, str) for field in fields.values()):
        raise Refused(f"{path}: must be a JSON object of columns and fields")
    return {column: field.strip() for column, field in fields.items()}


def _pair(text: str, where: str) -> dict[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column.strip() or not field.strip():
        raise typer.BadParameter(f"{where}`{text}` is not COLUMN=FIELD", param_hint="--mapping")
    return {column: field.strip()}
