"""The commands of `contact-merging`. Each calls one use case and prints what came of it."""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from eventsourcing.persistence import MapperDeserialisationError, PersistenceError
from pydantic import ValidationError

from application.commands.change_settings import checked_settings
from application.refusals import Refused
from infrastructure.account_log.log import Log
from infrastructure.bootstrap import DEFAULT_STORE, open_store, without_password
from infrastructure.cli import activities, by_hand, output, reading, settings, upkeep
from infrastructure.cli.options import (
    BY,
    Account,
    Json,
    Region,
    Store,
    a_store,
    open_or_make_account,
)
from infrastructure.demo import story
from infrastructure.formats.csv_file import open_csv
from infrastructure.jobs.import_csv import ImportedCsv, import_csv
from infrastructure.scratch import scratch_folder

NAME = "contact-merging"

app = typer.Typer(
    name=NAME,
    help="Merge contacts from many sources, and say why.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after printing it.")] = False,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            callback=lambda url: url and a_store(url),
            help="sqlite:DIR or postgresql://…",
            metavar="URL",
        ),
    ] = None,
    account: Account = "default",
) -> None:
    """See the main job on sample files: imports, merges, and why."""
    url = store or f"sqlite:{tempfile.mkdtemp(prefix='contact-merging-')}"
    shown = without_password(url)
    with open_or_make_account(url, account, story.REGION, by=story.BY) as log:
        story.tell(log, shown)
    if shown != url:
        output.say("the commands ask PGPASSWORD for the password of the database")
    if not once:
        output.say("the demo ends here; its store stays, so that you can look around")


@app.command()
def serve(
    store: Store = DEFAULT_STORE,
    host: Annotated[
        str, typer.Option(envvar="CONTACT_MERGING_HOST", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(envvar="CONTACT_MERGING_PORT", min=0, max=65_535, help="The port."),
    ] = 8000,
    workers: Annotated[
        int,
        typer.Option(
            envvar="CONTACT_MERGING_WORKERS", min=1, max=64, help="How many processes serve."
        ),
    ] = 1,
) -> None:
    """Serve the HTTP API. Its documentation is at /docs."""
    # A web framework takes half a second to load, which no other command needs.
    from infrastructure.web.serve import ServeSettings  # noqa: PLC0415
    from infrastructure.web.serve import serve as serve_http  # noqa: PLC0415

    try:
        settings = ServeSettings(store=store, host=host, port=port, workers=workers)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        name = f"CONTACT_MERGING_{'_'.join(map(str, wrong['loc'])).upper()}"
        raise Refused(f"{name}: {wrong['msg']}") from None
    serve_http(settings)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A csv file with a header.", readable=False)],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    region: Region = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            help="COLUMN=FIELD: name, first_name, last_name, phone, email, country, ignore, or "
            "the name of an attribute.",
            metavar="COLUMN=FIELD",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would happen; write nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Import a file; rejected rows land in a file that is named."""
    if not file.exists():
        raise Refused(f"{file}: there is no such file")
    contents = open_csv(file, _mapping(mapping or []))
    began = time.monotonic()
    with _log_to_import_into(store, account, region, dry_run=dry_run) as (log, folder):
        import_id = log.new_id()
        with output.progress(f"importing {file.name}") as progress:
            imported = import_csv(
                log,
                contents,
                by=f"import:{_text(file.name)}"[:200],
                import_id=import_id,
                region=region,
                rejected_folder=folder,
                progress=progress,
            )
        with log.reading() as reading:
            contacts = reading.count_contacts()
            region = region or reading.settings.default_region
    if region is None:
        output.say(
            "no region is set: phone numbers without + or 00 cannot be matched; give --region"
        )
    _report_import(imported, import_id, contacts, time.monotonic() - began, json=json)


@contextmanager
def _log_to_import_into(
    store: str, account: str, region: str | None, *, dry_run: bool
) -> Iterator[tuple[Log, Path]]:
    """The account's log, made if it is new, or for a dry run a copy; where rejected rows go."""
    settings = checked_settings({"default_region": region})
    accounts = open_store(store)
    with ExitStack() as opened:
        if account in accounts.names() or not accounts.made_by_imports:
            log = accounts.open(account)
        elif not dry_run:
            log = accounts.create(account, settings, BY)
        else:
            scratch = opened.enter_context(scratch_folder())
            log = open_store(f"sqlite:{scratch}").create(account, settings, BY)
        opened.enter_context(closing(log))
        if dry_run:
            yield opened.enter_context(log.copied()), Path(tempfile.gettempdir())
        else:
            yield log, log.database.rejected_folder


def _text(name: str) -> str:
    """A file's name as text: bytes of it that are no UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _report_import(
    imported: ImportedCsv, import_id: str, contacts: int, seconds: float, *, json: bool
) -> None:
    counts, rejected = imported.counts, imported.rejected_file
    if json:
        output.print_json(
            {
                "import_id": import_id,
                "rows": counts.rows,
                "created": counts.created,
                "merged": counts.merged,
                "updated": counts.updated,
                "unchanged": counts.unchanged,
                "rejected": counts.rejected,
                "contacts": contacts,
                "seconds": round(seconds, 3),
                "rejected_file": str(rejected) if rejected else None,
            }
        )
    else:
        output.line(
            f"{counts.rows} rows: {counts.created} created, {counts.merged} merged, "
            f"{counts.updated} updated, {counts.unchanged} unchanged, {counts.rejected} rejected; "
            f"{contacts} contacts now ({seconds:.1f} s)"
        )
    if rejected:
        output.say(f"rejected rows, with their reasons: {rejected}")


def _mapping(pairs: list[str]) -> dict[str, str]:
    fields = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise typer.BadParameter(f"`{pair}` is not COLUMN=FIELD", param_hint="--mapping")
        fields[column] = field.strip()
    return fields


for each in (reading, by_hand, activities, settings, upkeep):
    app.add_typer(each.commands)


def main() -> None:
    """Run the command line. Exit status 0 done, 1 refused, 2 misused."""
    output.never_fail_to_print()
    # What psycopg warns of, it raises as well; without a handler it would be a line of its own.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name=NAME, standalone_mode=False))
    except typer.TyperException as misused:
        said = misused.format_message().replace("Value error, ", "").rstrip(".")
        _end(f"{said}; see --help", misused.exit_code)
    except Refused as refused:
        _end(str(refused))
    except (MapperDeserialisationError, PersistenceError) as error:
        _end(f"the store cannot be read: {str(error).splitlines()[0]}; run `verify` for details")
    except UnicodeEncodeError as error:
        _end(f"`{error.object[:60]}` is not valid text; see --help", 2)
    except BrokenPipeError:
        # Whoever read our output has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _end(f"{error.filename or 'the system'}: {error.strerror}")


def _end(reason: str, status: int = 1) -> NoReturn:
    output.say(f"{NAME}: {reason}")
    sys.exit(status)
