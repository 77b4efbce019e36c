"""The commands of `contact-merging`. Each calls one use case and prints its result."""

import logging
import os
import sys
import tempfile
from contextlib import closing
from importlib.metadata import version
from secrets import token_urlsafe
from typing import Annotated, NoReturn

import typer
from pydantic import SecretStr, ValidationError

from application.refusals import Refused
from infrastructure.bootstrap import (
    DEFAULT_STORE,
    open_store,
    open_store_and_keys,
    without_password,
)
from infrastructure.cli import (
    activities,
    attention,
    by_hand,
    export,
    imports,
    keys,
    output,
    reading,
    settings,
    undo,
    upkeep,
)
from infrastructure.cli.help import Grouped, end_with_example
from infrastructure.cli.options import Account, Store, a_store, open_or_make_account
from infrastructure.demo import story

NAME = "contact-merging"

app = typer.Typer(
    name=NAME,
    help="Merge contacts from many sources, and say why.",
    epilog="`COMMAND --help` says more about a command, and gives an example.",
    cls=Grouped,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer gives it so
    if wanted:
        output.line(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback()
def begin(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Begin a command."""


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop after printing it, and serve no pages.")
    ] = False,
    store: Annotated[
        str | None,
        typer.Option(callback=a_store, help="sqlite:DIR or postgresql://…", metavar="URL"),
    ] = None,
    account: Account = "default",
) -> None:
    """Show the main job on sample files: imports, merges, and why; then on pages in a browser.

    Example: contact-merging demo --once
    """
    url = store or f"sqlite:{tempfile.mkdtemp(prefix='contact-merging-')}"
    shown = without_password(url)
    log = open_or_make_account(open_store(url), account, story.REGION, by=story.BY)
    with closing(log):
        story.tell(log, shown)
    if shown != url:
        output.say("the commands ask PGPASSWORD for the password of the database")
    if not once:
        _serve_pages(url, account)


def _serve_pages(url: str, account: str) -> None:
    """Serve the account's pages until told to stop, and print the address that signs in."""
    # A web framework takes half a second to load, which no other command needs.
    from infrastructure.web.serve import ServeSettings, a_free_port  # noqa: PLC0415
    from infrastructure.web.serve import serve as serve_http  # noqa: PLC0415

    opened = open_store_and_keys(url, None)
    with closing(opened.accounts), closing(opened.accounts.open(account)) as log:
        made = opened.keys.make(account, log.incarnation, "admin", "demo", None)
        link = opened.sign_ins.link(opened.keys.digest(log.incarnation, made.id))

    def started(address: str) -> None:
        output.line()
        output.line("The same on pages. The link signs you in once; Ctrl+C ends it:", "bold")
        output.line(f"  {address}/sign-in?link={link}")

    settings = ServeSettings(
        store=url,
        host="127.0.0.1",
        port=a_free_port(),
        workers=1,
        operator_key=SecretStr(token_urlsafe(32)),
        log_level="warning",
    )
    serve_http(settings, started)


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
    jobs: Annotated[
        int,
        typer.Option(
            envvar="CONTACT_MERGING_JOBS", min=1, max=64, help="How many jobs run at once."
        ),
    ] = 2,
) -> None:
    """Serve the HTTP API. Its documentation is at /docs.

    Example: contact-merging serve --store sqlite:/srv/contacts --port 8080
    """
    # A web framework takes half a second to load, which no other command needs.
    from infrastructure.web.serve import ServeSettings  # noqa: PLC0415
    from infrastructure.web.serve import serve as serve_http  # noqa: PLC0415

    try:
        settings = ServeSettings(store=store, host=host, port=port, workers=workers, jobs=jobs)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        name = f"CONTACT_MERGING_{'_'.join(map(str, wrong['loc'])).upper()}"
        raise Refused(f"{name}: {wrong['msg']}") from None
    serve_http(settings)


for each in (
    *(imports, reading, export, attention, by_hand, undo, activities, settings, upkeep, keys),
):
    end_with_example(each.commands)
    app.add_typer(each.commands)
end_with_example(app)


def main() -> None:
    """Run the command line. Exit status 0 done, 1 refused, 2 misused."""
    output.never_fail_to_print()
    os.umask(0o077)  # what is written holds the data of people
    # psycopg also raises what it warns about; without a handler each warning would be printed.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name=NAME, standalone_mode=False))
    except typer.TyperException as misused:
        said = misused.format_message().replace("Value error, ", "").rstrip(".")
        _end(f"{said}; see --help", misused.exit_code)
    except Refused as refused:
        _end(str(refused))
    except UnicodeEncodeError as error:
        _end(f"`{error.object[:60]}` is not valid text; see --help", 2)
    except BrokenPipeError:
        # The reader of our output has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _end(f"{error.filename or 'the system'}: {error.strerror}")


def _end(reason: str, status: int = 1) -> NoReturn:
    output.say(f"{NAME}: {reason}")
    sys.exit(status)
