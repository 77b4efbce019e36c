"""Decision records: why a record was merged or not. Events contain them as they were made."""

from typing import Literal

from domain.identifiers import Identifier
from domain.matching import Seen
from domain.settings import Rule
from domain.value import Value

DecisionRule = Literal[Rule, "csv", "manual"]
Because = Literal[
    "phone_matched",
    "email_matched",
    "phone_and_email_matched",
    "source_never_merges",
    "rule_is_never",
    "no_identifier",
    "only_shared_identifiers",
    "nothing_matched",
    "no_candidate_met_the_rule",
    "sent_again",
    "nothing_new",
    "same_csv_row",
    "deleted_by_hand",
    "not_alone",
    "merged_by_hand",
    "another_merge_undone",  # not recorded: a merge that an undo causes has its own reason
]


class Decision(Value, frozen=True, kw_only=True):
    """Why a record was merged or not.

    `matched`: what the record and the winner share, empty if nothing was merged.
    `candidates`: the winner first, then the others in order, each with the reason why it lost;
    `not_named`: the number of further candidates. `because`: the name of the reason.
    """

    rule: DecisionRule
    because: Because
    matched: tuple[Identifier, ...] = ()
    candidates: tuple[Seen, ...] = ()
    not_named: int = 0
    settings_version: int = 0
