"""The command that takes merges and imports back."""

from typing import Annotated

import typer

from application.documents.document import Page
from application.documents.jobs import KeptDocument
from application.history.touched import TooMuchAtOnce
from application.history.undo_merge import AT_ONCE, undo_merge
from application.jobs.job import Job
from application.reads.contacts import show_contact
from application.reads.ids import import_id, merge_id
from application.reads.merges import matched_identifier, merges_resting_on, show_merge
from application.refusals import Conflict, Refused
from infrastructure.account_log.log import EventLog
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.options import BY, IdOf
from infrastructure.cli.progress import progress
from infrastructure.jobs.carry_out import carry_out_here, go_on_here
from infrastructure.jobs.import_undos import running_undo_of, undo_of_import
from infrastructure.jobs.merge_undos import undo_of
from infrastructure.jobs.running import Manner
from infrastructure.jobs.shown import list_kept

commands = Commands()
_ROWS = 200
_SOME = 100
"""How many kept rows are printed; the rest is counted."""


@commands.changes
def undo(
    log: EventLog,
    merges: Annotated[
        list[str] | None,
        typer.Argument(
            help="The ids of merges, or their beginnings.", metavar="MERGE", show_default=False
        ),
        IdOf(merge_id),
    ] = None,
    import_: Annotated[
        str | None,
        typer.Option("--import", help="Undo an import instead.", metavar="IMPORT"),
        IdOf(import_id),
    ] = None,
    shared: Annotated[
        str | None,
        typer.Option(
            help="Undo all merges that rest on nothing but what is shared, this among it.",
            metavar="VALUE",
        ),
    ] = None,
) -> output.Answer:
    """Undo merges, or an import: as if they had never been. Merged contacts are separate then.

    Example: contact-merging undo 06h0q72v60
    """
    if [bool(merges), import_ is not None, shared is not None].count(True) != 1:
        raise typer.BadParameter("give the ids of merges, or --import, or --shared")
    if import_ is not None:
        return _import_undone(log, import_)
    ids = list(dict.fromkeys(merges or ())) if shared is None else _resting_on(log, shared)
    _check_in_force(log, ids)
    restored = [each for merge in ids if _in_force(log, merge) for each in _undone(log, merge)]
    with log.reading() as reading:
        heads = {each: reading.survivor(each) for each in restored}
        live = [each for each, head in heads.items() if head and head[:2] == (each, True)]
        contacts = [show_contact(reading, contact_id) for contact_id in live]

    def people() -> None:
        what = f"merge {ids[0]} is" if len(ids) == 1 else f"{len(ids) or 'no'} merges are"
        output.line(f"{what} undone{'; back again:' if contacts else ''}")
        output.print_contacts(contacts)

    return output.Answer({"restored": live}, people)


def _resting_on(log: EventLog, value: str) -> list[str]:
    """The merges that rest only on what is shared, and on this. Raises Refused."""
    with log.reading() as reading:
        matched = matched_identifier(reading, value, "--shared")
        shared = reading.settings.shared_identifiers
        if matched.value not in shared:
            raise Refused(f"`{value}` is not shared; `settings --share` declares it shared")
        resting = merges_resting_on(reading, shared, [matched.value])
        return [merge.event.merge_id for merge in resting]


def _check_in_force(log: EventLog, merges: list[str]) -> None:
    """Refuse before the first is undone, if one of them is undone already."""
    with log.reading() as reading:
        for each in merges:
            if show_merge(reading, each).undone_at is not None:
                raise Conflict(f"merge `{each}` is already undone")


def _in_force(log: EventLog, merge: str) -> bool:
    """Whether the undo of another one has not undone it, too."""
    with log.reading() as reading:
        return show_merge(reading, merge).undone_at is None


def _undone(log: EventLog, merge: str) -> list[str]:
    """Undo a merge, in steps if it touches much. Raises Refused."""
    try:
        return undo_merge(log, merge, by=BY, at_most=AT_ONCE)
    except TooMuchAtOnce:
        output.say(
            f"more than {AT_ONCE:,} contacts, records, calls and messages are connected with this "
            "merge: it is undone as a job, and other commands go on meanwhile"
        )
    restored: list[str] = _done(carry_out_here(log, undo_of(log, merge, by=BY))).result["restored"]
    return restored


def _import_undone(log: EventLog, import_id: str) -> output.Answer:
    with log.snapshot() as session:
        begun = running_undo_of(session, import_id)
        job = begun or undo_of_import(log, session, import_id, by=BY)
    with progress("undoing") as shown:
        shown.expect(job.total or 0, job.done)
        manner = Manner(_ROWS, done=shown)
        done = _done(
            go_on_here(log, job, manner) if begun else carry_out_here(log, job, None, manner)
        )
    kept = list_kept(log, import_id, limit=_SOME, cursor=None)

    def people() -> None:
        counts = ", ".join(
            f"{number:,} {what.replace('_', ' ')}" for what, number in done.result.items()
        )
        output.line(f"import {import_id} is undone: rows {counts}")
        for each in kept.items:
            output.line(f"  kept {each.contact_id}: {each.reason}")
        if kept.next is not None:
            output.line(f"  and {done.result['kept'] - len(kept.items):,} more")

    return output.Answer({**done.result, "job_id": done.id, "kept_rows": _plain(kept)}, people)


def _plain(kept: Page[KeptDocument]) -> list[dict[str, str]]:
    return [each.model_dump() for each in kept.items]


def _done(job: Job) -> Job:
    """A job that has ended. Raises Refused if it failed or was cancelled."""
    if job.status != "done":
        raise Refused(job.error or "the undo was cancelled")
    return job
