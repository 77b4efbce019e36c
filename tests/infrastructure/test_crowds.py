"""Among very many holders of a number a decision is the same as if each had been read."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import matching
from domain.identifiers import Identifier
from domain.matching import Candidate, CandidateKind, Candidates, Step, choose
from domain.merge_rule import CSV_STEPS
from domain.settings import Rule
from infrastructure.read_models import crowds
from infrastructure.read_models.crowds import Holder, Holders, foremost
from tests.normal_run import examples
from tests.stores import Kind
from tests.undo.histories import History

ASKED = (Identifier("phone", "+1"), Identifier("phone", "+2"), Identifier("email", "a@b"))
RULES: tuple[Rule, ...] = get_args(Rule)
STEPS: list[Sequence[Step]] = [
    CSV_STEPS,
    *([Step("contact", one), Step("imported_lead", other)] for one, other in product(RULES, RULES)),
    *([Step("contact", rule)] for rule in RULES),
]
HISTORIES: dict[Kind, int] = {"sqlite": 15, "postgresql": 10}


class There(NamedTuple):
    """A contact, and what it holds of what is asked."""

    kind: CandidateKind
    updated: int
    holds: frozenset[Identifier]


contacts = st.lists(
    st.builds(
        There,
        kind=st.sampled_from(get_args(CandidateKind)),
        updated=st.integers(1, 12),
        holds=st.frozensets(st.sampled_from(ASKED), min_size=1),
    ),
    max_size=12,
)


def of_each(there: Sequence[There]) -> Candidates:
    return Candidates(
        [Candidate(f"c{n:02}", each.kind, each.updated, each.holds) for n, each in enumerate(there)]
    )


def of_few(there: Sequence[There]) -> Candidates:
    return foremost(
        {
            asked: Holders(
                Holder((-each.updated, f"c{n:02}"), each.kind)
                for n, each in enumerate(there)
                if asked in each.holds
            )
            for asked in ASKED
        },
        ASKED,
    )


@settings(max_examples=examples(200))
@given(there=contacts)
def test_by_every_rule_the_same_one_wins_and_the_same_are_named(there: list[There]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        for module in (matching, crowds):
            patched.setattr(module, "MAX_LOSERS", 2)
        few, each = of_few(there), of_each(there)
        assert len(few.among) <= 3 + 4 * len(get_args(CandidateKind))
        assert len(few.among) + few.others == len(there)
        for steps in STEPS:
            assert choose(steps, few) == choose(steps, each)


def test_of_thousands_only_some_are_candidates() -> None:
    there = [There("contact", number, frozenset(ASKED[:1])) for number in range(5_000)]
    few = of_few(there)
    assert len(few.among) == matching.MAX_LOSERS + 1
    assert few.others == 5_000 - len(few.among)


def test_whole_histories_are_the_same(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two holders are a crowd here, and change all the time."""
    monkeypatch.setattr(crowds, "CROWD", 1)
    for seed in range(90_000, 90_000 + HISTORIES[kind]):
        history = History(kind, seed)
        history.live_through()
        history.verify()
        history.close()
