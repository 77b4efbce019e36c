"""Merges, their explanations and undos, separations, and conflicts."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from pydantic import BaseModel, Field
from starlette.responses import Response

from application.commands.merge_by_hand import merge_contacts
from application.commands.separate_contacts import separate_contacts
from application.documents.contacts import ConflictDocument
from application.documents.document import Document, Page
from application.documents.jobs import JobAccepted
from application.documents.merges import ExplanationDocument, MergeDocument
from application.history.explain import explain
from application.jobs.job import Job
from application.ports import AccountLog
from application.reads.conflicts import list_conflicts
from application.reads.merges import MergedBy, MergeFilter, list_merges, show_merge
from infrastructure.account_log.log import Part
from infrastructure.jobs.undo_or_begin import undo_or_begin
from infrastructure.web.answers import Answer, accepted, answer, read, send
from infrastructure.web.api.documentation import SENDING, problems, with_location
from infrastructure.web.api.requests import Absorb, Separation
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    FIRST,
    Commands,
    Cursor,
    Limit,
    ReadAccount,
    Versions,
    commands,
)

router = APIRouter(prefix="/v1/accounts/{account}", tags=["merges"], route_class=JsonRoute)

MergeCommands = Annotated[Commands, Security(commands, scopes=["merges"])]
MergeId = Annotated[str, Path(description="A merge's id.")]


class MergesAsked(BaseModel):
    """Which merges are listed."""

    contact: str | None = Field(default=None, description="Only those of one contact.")
    matched: str | None = Field(default=None, description="Only those by this phone or email.")
    source: str | None = Field(
        default=None, description="Only records of this source, or of this integration."
    )
    rule: MergedBy | None = Field(default=None, description="Only those by this rule.")
    import_: str | None = Field(
        default=None, alias="import", description="Only records of this import."
    )
    day: date | None = Field(default=None, description="Only those of this day (UTC).")
    undone: bool | None = Field(default=None, description="Only those undone, or not.")

    def filter(self) -> MergeFilter:
        """The same for the use case."""
        return MergeFilter(
            self.contact, self.matched, self.source, self.rule, self.import_, self.day, self.undone
        )


class Undone(Document):
    """The contacts that live again."""

    restored: list[str]


class Separated(Document):
    """Two contacts that no rule merges."""

    a: str
    b: str


@router.post(
    "/contacts/{contact_id}/merges",
    name="merge_contacts",
    status_code=201,
    response_model=MergeDocument,
    responses={**problems(*SENDING, "conflict", "stale"), **with_location(201)},
)
async def merge(
    contact_id: Annotated[str, Path(description="The contact that stays.")],
    other: Absorb,
    do: MergeCommands,
    versions: Versions,
) -> Response:
    """Merge two contacts by hand."""

    def command(log: AccountLog) -> Answer:
        merge_id = merge_contacts(log, contact_id, other.absorb, versions=versions, by=do.by)
        document = read(log, show_merge, merge_id)
        return answer(201, document, Location=f"/v1/accounts/{log.account}/merges/{merge_id}")

    return await do(command)


@router.get("/merges", name="list_merges", response_model=Page[MergeDocument])
def list_all(
    account: ReadAccount,
    only: Annotated[MergesAsked, Query()],
    limit: Limit = FIRST,
    cursor: Cursor = None,
) -> Response:
    """Merges, newest first, each with its decision.

    At most 5,000 merges are looked at for one page: it may have fewer items and yet a `next`.
    """
    return send(read(account.log, list_merges, only.filter(), limit=limit, cursor=cursor))


@router.get("/merges/{merge_id}", name="show_merge", response_model=MergeDocument)
def show(account: ReadAccount, merge_id: MergeId) -> Response:
    """One merge."""
    return send(read(account.log, show_merge, merge_id))


@router.post(
    "/merges/{merge_id}/undo",
    name="undo_merge",
    response_model=Undone,
    responses={**problems("conflict", "key-reused"), **with_location(202, JobAccepted)},
)
async def undo(merge_id: MergeId, do: MergeCommands) -> Response:
    """Undo a merge: the account is as if it had never been, and the two are separate.

    If the merge touches more than 1,000 contacts, records, calls and messages, it is undone by a
    job, whose result is the same document.
    """
    log = do.account.log

    def command(part: Part) -> Answer:
        undone = undo_or_begin(log, part, merge_id, by=do.by)
        if isinstance(undone, Job):
            return accepted(log.account, "jobs", undone)
        return answer(200, Undone(restored=undone))

    response = await do(command)
    if response.status_code == 202:
        do.service.jobs.want(log.account, "changes")
    return response


@router.get("/explanations", name="explain_contacts", response_model=ExplanationDocument)
def why(
    account: ReadAccount,
    a: Annotated[str, Query(description="A contact's id.")],
    b: Annotated[str, Query(description="Another's.")],
) -> Response:
    """Why two ids are one contact or not."""
    return send(read(account.log, explain, a, b))


@router.post(
    "/separations",
    name="separate_contacts",
    status_code=201,
    response_model=Separated,
    responses=problems(*SENDING, "conflict"),
)
async def separate(two: Separation, do: MergeCommands) -> Response:
    """Declare two contacts separate: no rule ever merges them."""

    def command(log: AccountLog) -> Answer:
        separate_contacts(log, two.a, two.b, by=do.by)
        return answer(201, Separated(a=two.a, b=two.b))

    return await do(command)


@router.get("/conflicts", name="list_conflicts", response_model=Page[ConflictDocument])
def conflicts(account: ReadAccount, limit: Limit = FIRST, cursor: Cursor = None) -> Response:
    """Pairs of contacts that hold the same identifier and are not separate."""
    return send(read(account.log, list_conflicts, limit=limit, cursor=cursor))
