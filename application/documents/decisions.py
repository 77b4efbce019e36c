"""What became of a record, and why."""

from typing import Literal

from pydantic import Field

from application.documents.document import Document, Optional, Text
from application.wording import reason_text
from domain.decisions import Decision
from domain.identifiers import IdentifierKind

Outcome = Literal["created", "merged", "updated", "unchanged", "rejected"]


class MatchedDocument(Document):
    """A phone or an email in canonical form."""

    kind: IdentifierKind
    value: str


class CandidateDocument(Document):
    """A contact that was considered; the winner has no `lost_because`."""

    contact_id: str
    lost_because: Optional[str] = None


class DecisionDocument(Document):
    """Why a record was merged or not."""

    rule: str
    matched: list[MatchedDocument]
    candidates: list[CandidateDocument]
    not_named: int = Field(default=0, description="how many more candidates there were")
    because: str
    reason: str
    settings_version: int


class RejectedDocument(Document):
    """Why a record was rejected: the field, and what is wrong with it."""

    field: Text
    reason: str


class ReceivedDocument(Document):
    """What became of a record. `contact_id`: the contact that holds it now.

    `errors`: all that is wrong with it, if that is more than `error`.
    """

    outcome: Outcome
    contact_id: Optional[str] = None
    merge_id: Optional[str] = None
    decision: Optional[DecisionDocument] = None
    error: Optional[RejectedDocument] = None
    errors: Optional[list[RejectedDocument]] = None


def decision_document(decision: Decision) -> DecisionDocument:
    """A decision record as the API shows it."""
    return DecisionDocument(
        rule=decision.rule,
        matched=[MatchedDocument(**each._asdict()) for each in decision.matched],
        candidates=[CandidateDocument(**each._asdict()) for each in decision.candidates],
        not_named=decision.not_named,
        because=decision.because,
        reason=reason_text(decision),
        settings_version=decision.settings_version,
    )
