"""The table: source, kind of record, rule, kinds of the existing contacts, and what matches.

Every cell is compared with an oracle that is written from docs/rules.md, "The merge rule", and
shares only the names of decisions with the product.
"""

from itertools import permutations, product
from typing import Literal, NamedTuple

import pytest

from domain.events import ContactImported, ContactsMerged
from domain.matching import Candidate, CandidateKind, Candidates
from domain.merge_rule import decide_first_seen, matched_identifiers
from domain.records import Record
from domain.settings import MergeSettings, Rule
from tests.messages import ADMIN, JOHN, csv_row, entered, hubspot_contact, hubspot_lead

EMAIL = "john@example.test"
RULES: list[Rule] = ["phone", "email", "phone_and_email", "never"]

RECORDS: dict[str, Record] = {
    "a contact of an integration": hubspot_contact("9", "John", [JOHN], [EMAIL]),
    "a lead of an integration": hubspot_lead("9", "John", [JOHN], [EMAIL]),
    "a csv row": csv_row("John", [JOHN], [EMAIL]),
    "a contact through the api": entered("api", "John", [JOHN], [EMAIL]),
    "a contact of the dashboard": entered("dashboard", "John", [JOHN], [EMAIL]),
    "a contact of the phone app": entered("phone_app", "John", [JOHN], [EMAIL]),
}
SETTINGS: dict[str, MergeSettings] = {
    f"leads by {leads}, contacts by {contacts}": MergeSettings(
        integration_leads=leads, integration_contacts=contacts
    )
    for leads, contacts in product(RULES, RULES)
} | {f"all by {rule}": MergeSettings(policy="global", rule=rule) for rule in RULES}

HolderKind = Literal["contact", "lead", "captured lead"]


class Holder(NamedTuple):
    """A contact that is there already, and which identifiers of the record it holds."""

    contact_id: str
    kind: HolderKind
    phone: bool
    email: bool
    updated: int


Situation = tuple[Holder, ...]

GROUPS: list[tuple[HolderKind, ...]] = [
    (),
    ("contact",),
    ("lead",),
    ("captured lead",),  # of a number there is one at most
    ("contact", "contact"),
    ("contact", "lead"),
    ("contact", "captured lead"),
    ("lead", "lead"),
    ("lead", "captured lead"),
    ("contact", "lead", "captured lead"),
    ("contact", "contact", "lead"),
]


def situations(kinds: tuple[HolderKind, ...]) -> list[Situation]:
    """Whatever each of them may hold, in every order of their updates, and all updated at once."""
    anything = [(False, False), (True, False), (False, True), (True, True)]
    may_hold = [anything[:2] if kind == "captured lead" else anything for kind in kinds]
    orders = {*permutations(range(len(kinds))), (0,) * len(kinds)}
    return [
        tuple(
            Holder(f"c{place}", kind, *holds, updated)
            for place, (kind, holds, updated) in enumerate(
                zip(kinds, held, order, strict=True), start=1
            )
        )
        for held, order in product(product(*may_hold), sorted(orders))
    ]


SITUATIONS = [situation for kinds in GROUPS for situation in situations(kinds)]


class Outcome(NamedTuple):
    """The outcome for a record: the contact that it joined, if any, and the recorded reason."""

    joined: str | None
    rule: str
    because: str
    matched: tuple[str, ...]
    lost: tuple[tuple[str, str], ...]


# --- The oracle: docs/rules.md, word by word.


def preferences(record: Record, settings: MergeSettings) -> list[tuple[HolderKind, Rule]]:
    """Which candidates are tried, by which rule, in order."""
    if settings.policy == "global":
        for_contacts = for_leads = settings.rule
    elif record.source == "csv":
        # "csv takes contacts by phone, then leads by phone, then contacts by email, then leads by
        # email"; "csv asks no setting".
        return [("contact", "phone"), ("lead", "phone"), ("contact", "email"), ("lead", "email")]
    elif record.source == "integration":
        for_contacts, for_leads = settings.integration_contacts, settings.integration_leads
    else:
        return []  # "api, dashboard, phone_app: never"
    # "What brings an integration's lead and a contact together is always `integration_leads`".
    if record.kind == "lead":
        return [("contact", for_leads)]  # "a lead record merges into contacts only"
    # "elsewhere contacts before leads"
    return [("contact", for_contacts), ("lead", for_leads)]


def fits(holder: Holder, rule: Rule) -> bool:
    """`phone_and_email`: "one and the same contact must hold a phone and an email"."""
    return {
        "phone": holder.phone,
        "email": holder.email,
        "phone_and_email": holder.phone and holder.email,
        "never": False,
    }[rule]


def own_rule(record: Record, settings: MergeSettings) -> str:
    """The table: the rule that governs a record of this source and kind."""
    if settings.policy == "global":
        return settings.rule
    if record.source == "integration":
        return (
            settings.integration_leads if record.kind == "lead" else settings.integration_contacts
        )
    return "csv" if record.source == "csv" else "never"


def by_the_rules(record: Record, settings: MergeSettings, there: Situation) -> Outcome:
    asked = preferences(record, settings)
    compared = {
        "phone": any(rule in ("phone", "phone_and_email") for _, rule in asked),
        "email": any(rule in ("email", "phone_and_email") for _, rule in asked),
    }
    several = [
        holder
        for holder in there
        if (holder.phone and compared["phone"]) or (holder.email and compared["email"])
    ]
    # "among equals first those that hold both a phone and an email that the record says, then the
    # most recently updated, then the oldest id"
    several.sort(key=lambda holder: (-holder.updated, holder.contact_id))
    both_first = sorted(several, key=lambda holder: not (holder.phone and holder.email))
    for rank, (kind, rule) in enumerate(asked):
        for holder in both_first:
            if holder.kind == kind and fits(holder, rule):
                others = [other for other in several if other is not holder]
                return Outcome(
                    joined=holder.contact_id,
                    rule=own_rule(record, settings)
                    if own_rule(record, settings) == "csv"
                    else rule,
                    because=f"{rule}_matched",
                    matched=what_matched(own_rule(record, settings), rule, holder),
                    lost=tuple((o.contact_id, why_lost(o, holder, rank, asked)) for o in others),
                )
    return Outcome(
        joined=None,
        rule=own_rule(record, settings),
        because=why_alone(record, settings, several),
        matched=(),
        lost=tuple((other.contact_id, why_lost(other, None, 0, asked)) for other in several),
    )


def what_matched(own: str, rule: Rule, holder: Holder) -> tuple[str, ...]:
    """Everything by which the record would have joined: for a csv record phone or email."""
    asked = {"phone", "email"} if own == "csv" or rule == "phone_and_email" else {rule}
    held = (("phone", holder.phone, JOHN), ("email", holder.email, EMAIL))
    return tuple(value for kind, holds, value in held if holds and kind in asked)


def why_alone(record: Record, settings: MergeSettings, several: list[Holder]) -> str:
    if own_rule(record, settings) == "never":
        by_setting = settings.policy == "global" or record.source == "integration"
        return "rule_is_never" if by_setting else "source_never_merges"
    # A captured lead is a number, not somebody who holds part of what the rule asks for.
    somebody = any(holder.kind != "captured lead" for holder in several)
    return "no_candidate_met_the_rule" if somebody else "nothing_matched"


def why_lost(
    loser: Holder, winner: Holder | None, rank: int, asked: list[tuple[HolderKind, Rule]]
) -> str:
    if loser.kind == "captured lead":
        return "captured_lead"  # "A captured lead is no candidate."
    rules = [rule for kind, rule in asked if kind == loser.kind]
    if not rules:
        return "lead_into_contacts_only"
    if rules == ["never"]:
        return "rule_is_never"
    ranks = [
        place
        for place, (kind, rule) in enumerate(asked)
        if kind == loser.kind and fits(loser, rule)
    ]
    if not ranks:
        return "rule_not_met"
    assert winner is not None, "whoever fits is joined, or loses to somebody"
    if ranks[0] == rank:
        if winner.phone and winner.email and not (loser.phone and loser.email):
            return "phone_and_email_first"
        return "less_recently_updated" if loser.updated < winner.updated else "younger_id"
    csv_phone_first = len(asked) == 4
    if csv_phone_first and asked[rank][1] == "phone" and not loser.phone:
        return "email_after_phone"
    return "lead_after_contact"


# --- The product's answer to the same question.

KINDS: dict[HolderKind, CandidateKind] = {
    "contact": "contact",
    "lead": "imported_lead",
    "captured lead": "captured_lead",
}


def decided(record: Record, settings: MergeSettings, there: Situation) -> Outcome:
    asked = matched_identifiers(settings, record)
    candidates = []
    for holder in there:
        held = {"phone": holder.phone, "email": holder.email}
        holds = frozenset(each for each in record.identifiers if held[each.kind])
        if holds.intersection(asked):  # whom the match index finds
            candidates.append(
                Candidate(holder.contact_id, KINDS[holder.kind], holder.updated, holds)
            )
    (event,) = decide_first_seen(
        record,
        Candidates(candidates),
        settings=settings,
        settings_version=7,
        contact_id="c9",
        merge_id="m9",
        by=ADMIN,
    )
    decision = event.decision
    winners = [seen.contact_id for seen in decision.candidates if seen.lost_because is None]
    if isinstance(event, ContactsMerged):
        assert (event.absorbed, event.merge_id) == ("c9", "m9")
        assert winners == [event.stream] == [decision.candidates[0].contact_id]
    else:
        assert isinstance(event, ContactImported)
        assert (event.stream, winners) == ("c9", [])
    assert (event.record, event.by) == (record, ADMIN)
    assert (decision.settings_version, decision.not_named) == (7, 0)
    return Outcome(
        joined=winners[0] if winners else None,
        rule=decision.rule,
        because=decision.because,
        matched=tuple(identifier.value for identifier in decision.matched),
        lost=tuple(
            (seen.contact_id, seen.lost_because)
            for seen in decision.candidates
            if seen.lost_because is not None
        ),
    )


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_every_cell_is_what_the_rules_say(record: Record, settings: MergeSettings) -> None:
    for there in SITUATIONS:
        assert decided(record, settings, there) == by_the_rules(record, settings, there), there


def test_no_cell_is_left_out() -> None:
    """6 kinds of records, 4 x 4 + 4 settings, and all that 0 to 3 contacts may hold of a record."""
    one = 4  # nothing, phone, email, both
    captured = 2  # nothing, phone
    two_orders, three_orders = 2 + 1, 6 + 1  # every order of updates, and all at once
    assert len(RECORDS) * len(SETTINGS) == 6 * 20
    assert (
        len(set(SITUATIONS))
        == len(SITUATIONS)
        == (
            1
            + (one + one + captured)
            + (3 * one * one + 2 * one * captured) * two_orders
            + (one * one * captured + one * one * one) * three_orders
        )
    )


def test_every_outcome_occurs() -> None:
    """So the table does not only have cells in which nothing happens."""
    outcomes = [
        by_the_rules(record, settings, there)
        for record in RECORDS.values()
        for settings in SETTINGS.values()
        for there in SITUATIONS[:200]
    ]
    assert {outcome.because for outcome in outcomes} == {
        "phone_matched",
        "email_matched",
        "phone_and_email_matched",
        "source_never_merges",
        "rule_is_never",
        "nothing_matched",
        "no_candidate_met_the_rule",
    }
    assert {why for outcome in outcomes for _, why in outcome.lost} == {
        "captured_lead",
        "lead_into_contacts_only",
        "rule_is_never",
        "rule_not_met",
        "lead_after_contact",
        "email_after_phone",
        "phone_and_email_first",
        "less_recently_updated",
        "younger_id",
    }
