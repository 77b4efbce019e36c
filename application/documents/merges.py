"""A merge, and why two ids are one contact or not."""

from datetime import datetime

from application.documents.decisions import DecisionDocument, decision_document
from application.documents.document import Document
from application.ports import MergeMade
from domain.records import Source


class MergeDocument(Document):
    """A merge. `source` is null for one by hand."""

    id: str
    survivor: str
    absorbed: str
    by: str
    at: datetime
    source: Source | None
    decision: DecisionDocument
    undone_at: datetime | None = None


class ExplanationDocument(Document):
    """Why two ids are one contact or not."""

    same: bool
    because: str
    decisions: list[DecisionDocument]


def merge_document(merge: MergeMade) -> MergeDocument:
    """A merge as the API shows it."""
    return MergeDocument(
        id=merge.event.merge_id,
        survivor=merge.event.stream,
        absorbed=merge.event.absorbed,
        by=merge.event.by,
        at=merge.at,
        source=merge.source,
        decision=decision_document(merge.event.decision),
        undone_at=merge.undone_at,
    )
