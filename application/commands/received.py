"""What becomes of a record that is sent, and whom it may not join."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from application.documents.decisions import (
    Outcome,
    ReceivedDocument,
    RejectedDocument,
    decision_document,
)
from application.ports import Work
from domain.decisions import Because, Decision
from domain.matching import Candidate, Candidates, LostBecause
from domain.records import ValueRefused
from domain.value import replace

Refusal = Callable[[Candidate], LostBecause | None]
"""Why a record may not join a candidate that the rules would allow, if so."""


class Received(NamedTuple):
    """What became of one record. `contact_id`: the contact that holds it now."""

    outcome: Outcome
    contact_id: str | None = None
    merge_id: str | None = None
    decision: Decision | None = None
    error: ValueRefused | None = None

    def document(self) -> ReceivedDocument:
        """The result as the API shows it."""
        return ReceivedDocument(
            outcome=self.outcome,
            contact_id=self.contact_id,
            merge_id=self.merge_id,
            decision=self.decision and decision_document(self.decision),
            error=self.error and _rejected(self.error),
            errors=[*map(_rejected, (self.error, *self.error.others))]
            if self.error and self.error.others
            else None,
        )


def _rejected(error: ValueRefused) -> RejectedDocument:
    return RejectedDocument(field=error.field, reason=error.reason)


def unchanged(work: Work, contact_id: str, because: Because) -> Received:
    """Nothing is recorded."""
    return Received("unchanged", contact_id, decision=not_matched(work, because))


def not_matched(work: Work, because: Because) -> Decision:
    """The decision about a record that is not compared with anybody."""
    return Decision(rule="never", because=because, settings_version=work.settings_version)


def kept_apart(work: Work, ids: Iterable[str]) -> Refusal | None:
    """Refuse whom a separation keeps apart from one of some ids, if there is one."""
    apart = work.kept_apart([*ids])
    if not apart:
        return None
    others = frozenset[str]().union(*apart.values())
    heads = (work.survivor(each) for each in (*others, *work.threads.later_ids(others)))
    contacts = {head.contact_id for head in heads if head is not None}
    return lambda candidate: "separated" if candidate.contact_id in contacts else None


def either(one: Refusal | None, other: Refusal | None) -> Refusal | None:
    """Refuse whom one of two refuses."""
    if one is None or other is None:
        return one or other
    return lambda candidate: one(candidate) or other(candidate)


def refusing(candidates: Candidates, refusal: Refusal | None) -> Candidates:
    """Candidates with the reasons why a record may not join them."""
    if refusal is None:
        return candidates
    among = [replace(each, lost_because=refusal(each)) for each in candidates.among]
    return candidates._replace(among=among)
