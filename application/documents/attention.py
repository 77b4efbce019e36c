"""Documents of what somebody should look at first, and of what happened on each day."""

from datetime import datetime
from typing import Literal

from application.documents.decisions import MatchedDocument
from application.documents.document import Document
from application.documents.merges import MergeDocument
from application.ports import Attended, DayCount, Named, TroubledJob
from application.wording import joined_text, strange_text, troubled_text


class AttentionDocument(Document):
    """Something that somebody should look at. `because` says why, in a sentence.

    `contact_id`: the contact that it concerns, `calls`: how many calls and messages it has;
    `names`: those that came together. `merge`, `identifier`, `job_id`: what it is, one of them.
    """

    id: str
    kind: Literal["merge", "identifier", "job"]
    because: str
    calls: int
    at: datetime
    contact_id: str | None
    name: str | None
    names: list[str]
    merge: MergeDocument | None
    identifier: MatchedDocument | None
    job_id: str | None


class DayDocument(Document):
    """How often something happened on a day (UTC).

    `source` is null for what a person did, or a phone system; `integration`: its name.
    """

    day: str
    source: str | None
    integration: str | None
    outcome: str
    number: int


def attended_document(
    item: Attended, named: Named | None, merge: MergeDocument | None
) -> AttentionDocument:
    """A merge or an identifier. `named`: the contact that it concerns."""
    identifier = item.identifier
    if identifier is not None:
        because = joined_text(identifier.value, item.names)
    else:
        because = strange_text(item.names, item.merge.event.decision if item.merge else None)
    return AttentionDocument(
        id=item.item,
        kind="merge" if identifier is None else "identifier",
        because=because,
        calls=item.calls,
        at=item.at,
        contact_id=item.contact_id,
        name=named.name if named else None,
        names=list(item.names),
        merge=merge,
        identifier=identifier and MatchedDocument(**identifier._asdict()),
        job_id=None,
    )


def troubled_document(job: TroubledJob) -> AttentionDocument:
    """A job that failed or rejected rows."""
    return AttentionDocument(
        id=job.job_id,
        kind="job",
        because=troubled_text(job.kind, job.file, job.rejected, job.error),
        calls=0,
        at=job.at,
        contact_id=None,
        name=None,
        names=[],
        merge=None,
        identifier=None,
        job_id=job.job_id,
    )


def day_document(count: DayCount) -> DayDocument:
    """What happened on a day."""
    return DayDocument(
        day=count.day,
        source=count.source or None,
        integration=count.integration or None,
        outcome=count.outcome,
        number=count.number,
    )
