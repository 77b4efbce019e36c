"""Commands that work on one account: what all of them do around their use case."""

from collections.abc import Callable, Mapping
from contextlib import closing
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_args

import typer

from application.ports import Reading
from application.reads.paging import LARGEST_PAGE
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import DEFAULT_STORE, open_store
from infrastructure.cli import output
from infrastructure.cli.options import Account, IdOf, Json, Store
from infrastructure.jobs.carry_out import go_on_here
from infrastructure.jobs.links import links_to_do

Answering = Callable[..., output.Answer]
_All = Annotated[bool, typer.Option("--all", help="Print the whole list, not one page of it.")]


class Commands(typer.Typer):
    """Commands, most of which work on one account and print an answer.

    Those also have the options --store, --account and --json. Where they take an id, its beginning
    will do.
    """

    def reads(self, read: Answering) -> None:
        """Add a command that gets a snapshot of the account and its own arguments."""

        def run(log: EventLog, given: dict[str, Any], *, json: bool) -> int:
            return _printed(_read(log, read, given), json=json)

        self._add(read, run)

    def lists(self, read: Answering) -> None:
        """Add a command that prints a page of a list, or with --all each page after the other.

        Its last parameter says where a page begins.
        """
        *_, begin = signature(read).parameters

        def run(log: EventLog, given: dict[str, Any], *, json: bool) -> int:
            if given.pop("all"):
                pages = _pages(log, read, {**given, "limit": LARGEST_PAGE}, begin)
                output.print_pages(pages, json=json)
                return 0
            answer = _read(log, read, given)
            status = _printed(answer, json=json)
            if not json and answer.next is not None:
                output.say_next(f"--{begin}", answer.next)
            return status

        self._add(read, run, _option("all", _All, default=False))

    def changes(self, change: Answering) -> None:
        """Add a command that gets the log of the account and its own arguments."""

        def run(log: EventLog, given: dict[str, Any], *, json: bool) -> int:
            answer = change(log, **given)
            for job in links_to_do(log):
                go_on_here(log, job)
            status = _printed(answer, json=json)
            if not json and answer.next is not None:
                output.say_next("--cursor", answer.next)
            return status

        self._add(change, run)

    def _add(self, function: Answering, run: Callable[..., int], *more: Parameter) -> None:
        """Give Typer `function` without its first parameter, with more options."""
        own = [*signature(function).parameters.values()][1:]
        required = [each for each in own if each.default is Parameter.empty]
        ids = {each.name: mark for each in own for mark in _marks(each.annotation)}

        def command(*, store: str, account: str, json: bool, **given: Any) -> None:
            with closing(open_store(store).open(account)) as log:
                status = run(log, _with_whole_ids(log, given, ids), json=json)
            if status:
                raise typer.Exit(status)

        added = (_option("store", Store, DEFAULT_STORE), _option("account", Account, "default"))
        optional = [*own[len(required) :], *more, *added, _option("json", Json, default=False)]
        parameters = [*required, *optional]
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
        self.command()(command)


def _read(log: EventLog, read: Answering, given: Mapping[str, Any]) -> output.Answer:
    with log.reading() as reading:
        return read(reading, **given)


def _pages(log: EventLog, read: Answering, given: dict[str, Any], begin: str) -> output.Pages:
    """The pages of a list. Each is read from a snapshot of its own, so none is held for long."""
    while True:
        answer = _read(log, read, given)
        yield answer
        if answer.next is None:
            return
        given[begin] = int(answer.next) if isinstance(given[begin], int) else answer.next


def _printed(answer: output.Answer, *, json: bool) -> int:
    """Print an answer. Returns the exit status."""
    output.print_answer(answer, json=json)
    return answer.status


def _with_whole_ids(
    log: EventLog, given: dict[str, Any], ids: Mapping[str, IdOf]
) -> dict[str, Any]:
    """What was given, each id whole. Raises Refused if it begins none, or more than one."""
    begun = {name: mark for name, mark in ids.items() if given[name] is not None}
    if not begun:
        return given
    with log.reading() as reading:
        return {**given, **{name: _whole(reading, given[name], begun[name]) for name in begun}}


def _whole(reading: Reading, given: str | list[str], mark: IdOf) -> str | list[str]:
    if isinstance(given, str):
        return mark.find(reading, given)
    return [mark.find(reading, each) for each in given]


def _marks(annotation: Any) -> list[IdOf]:
    return [each for each in get_args(annotation) if isinstance(each, IdOf)]


def _option(name: str, annotation: Any, default: object) -> Parameter:
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
