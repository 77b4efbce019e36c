"""A merge, and why two ids are one contact or are not."""

from datetime import datetime

from application.documents.decisions import DecisionDocument
from application.documents.document import Document
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
    """Why two ids are one contact, or are not."""

    same: bool
    because: str
    decisions: list[DecisionDocument]
