"""Matching: which candidate a record joins, and why the others lost.

Candidates are the live contacts that hold an identifier of the record. A rule is a sequence of
steps; each looks at one kind of contact for one kind of match. The first step that a candidate
meets decides. Among those that meet it the order is total: first those that hold both a phone and
an email of the record, then the most recently updated, then the oldest id.
"""

from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

from domain.identifiers import Identifier, IdentifierKind
from domain.settings import Rule
from domain.value import Value

CandidateKind = Literal["contact", "imported_lead", "captured_lead"]
LostBecause = Literal[
    "captured_lead",
    "lead_into_contacts_only",
    "rule_is_never",
    "rule_not_met",
    "lead_after_contact",
    "email_after_phone",
    "phone_and_email_first",
    "less_recently_updated",
    "younger_id",
    "separated",
]
MAX_LOSERS = 50
"""The largest number of losers that a decision names; it counts the rest. The index has all."""


class Candidate(Value, frozen=True):
    """A live contact that holds identifiers of the record which a rule compares.

    `holds`: these, and the others of the record that it holds; none that is shared.
    `updated` is the position in the log of the last change to the contact's values or merge into
    it. An absorbed or deleted contact is never a candidate. `lost_because`: why the record may not
    join it, whatever it holds.
    """

    contact_id: str
    kind: CandidateKind
    updated: int
    holds: frozenset[Identifier]
    lost_because: LostBecause | None = None


class Candidates(NamedTuple):
    """The candidates of a record that may win or be named, and how many others there are.

    If there are very many, only the first ones in order, and the first of each kind of contact for
    each kind of match, can win or be named. The others are only counted.
    """

    among: Sequence[Candidate]
    others: int = 0


def most_recently_updated(candidate: Candidate) -> tuple[int, str]:
    """The sort key of contacts: most recently updated first, then the oldest id. It is total."""
    return -candidate.updated, candidate.contact_id


class Step(NamedTuple):
    """Look for a match by one rule among candidates of one kind."""

    kind: Literal["contact", "imported_lead"]
    rule: Rule


class Seen(NamedTuple):
    """A candidate as a decision records it; the winner has no `lost_because`."""

    contact_id: str
    lost_because: LostBecause | None = None


class Choice(NamedTuple):
    """The outcome: the candidate to join and the step that chose it, if any; and all seen."""

    winner: Candidate | None
    step: Step | None
    seen: tuple[Seen, ...]
    not_named: int


_NOBODY = Choice(None, None, (), 0)


@cache
def kinds_needed(rule: Rule) -> frozenset[IdentifierKind]:
    """The kinds of identifiers that one and the same contact must share with a record."""
    match rule:
        case "phone":
            return frozenset({"phone"})
        case "email":
            return frozenset({"email"})
        case "phone_and_email":
            return frozenset({"phone", "email"})
        case "never":
            return frozenset()


def meets(rule: Rule, holds: frozenset[Identifier]) -> bool:
    """Whether the identifiers that a contact shares with the record satisfy a rule."""
    needed = kinds_needed(rule)
    return bool(needed) and needed <= {identifier.kind for identifier in holds}


def choose(steps: Sequence[Step], candidates: Candidates) -> Choice:
    """Choose the candidate that the first satisfied step prefers. A record joins at most one."""
    if not candidates.among:
        return _NOBODY
    ordered = sorted(candidates.among, key=most_recently_updated)
    may_be_joined = [each for each in ordered if each.lost_because is None]
    for step in steps:
        equals = [
            each
            for each in may_be_joined
            if each.kind == step.kind and meets(step.rule, each.holds)
        ]
        if equals:
            winner = next((each for each in equals if holds_both(each)), equals[0])
            return _choice(winner, step, steps, ordered, candidates.others)
    return _choice(None, None, steps, ordered, candidates.others)


def holds_both(candidate: Candidate) -> bool:
    """Whether a contact holds a phone and an email of the record."""
    return meets("phone_and_email", candidate.holds)


def _choice(
    winner: Candidate | None,
    step: Step | None,
    steps: Sequence[Step],
    ordered: list[Candidate],
    others: int,
) -> Choice:
    losers = [each for each in ordered if each is not winner]
    seen = [Seen(winner.contact_id)] if winner else []
    seen += [
        Seen(each.contact_id, _why_lost(each, winner, step, steps)) for each in losers[:MAX_LOSERS]
    ]
    return Choice(winner, step, tuple(seen), max(0, len(losers) - MAX_LOSERS) + others)


def _why_lost(
    loser: Candidate, winner: Candidate | None, step: Step | None, steps: Sequence[Step]
) -> LostBecause:
    if loser.lost_because is not None:
        return loser.lost_because
    if loser.kind == "captured_lead":
        return "captured_lead"
    rules = {each.rule for each in steps if each.kind == loser.kind}
    if not rules:
        return "lead_into_contacts_only"
    if rules == {"never"}:
        return "rule_is_never"
    met = next((s for s in steps if s.kind == loser.kind and meets(s.rule, loser.holds)), None)
    if met is None or winner is None or step is None:
        return "rule_not_met"
    if met == step:
        if holds_both(winner) and not holds_both(loser):
            return "phone_and_email_first"
        return "less_recently_updated" if loser.updated < winner.updated else "younger_id"
    if met.rule == "email" and step.rule == "phone" and Step(met.kind, "phone") in steps:
        return "email_after_phone"
    return "lead_after_contact"
