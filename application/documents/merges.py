"""A merge, and why two ids are one contact or not."""

from datetime import datetime

from application.documents.decisions import DecisionDocument, decision_document
from application.documents.document import Document
from application.ports import MergeMade
from domain.records import Source


class MergeDocument(Document):
    """A merge. `source` is null for one by hand; the names are those before the two were one."""

    id: str
    survivor: str
    absorbed: str
    survivor_name: str | None
    absorbed_name: str | None
    by: str
    at: datetime
    source: Source | None
    decision: DecisionDocument
    undone_at: datetime | None = None


class ExplanationDocument(Document):
    """Why two ids are one contact or not. `names`: of all contacts that it mentions."""

    same: bool
    because: str
    names: dict[str, str | None]
    decisions: list[DecisionDocument]


def merge_document(
    merge: MergeMade, survivor_name: str | None, absorbed_name: str | None
) -> MergeDocument:
    """A merge as the API shows it."""
    return MergeDocument(
        id=merge.event.merge_id,
        survivor=merge.event.stream,
        absorbed=merge.event.absorbed,
        survivor_name=survivor_name,
        absorbed_name=absorbed_name,
        by=merge.event.by,
        at=merge.at,
        source=merge.source,
        decision=decision_document(merge.event.decision),
        undone_at=merge.undone_at,
    )
