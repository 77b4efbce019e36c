"""THE MERGE RULE: what becomes of a record that a source sends.

Which candidates are tried by which rule (docs/rules.md, "The merge rule"):

| record                      | tries, in this order                                            |
| --------------------------- | --------------------------------------------------------------- |
| integration, kind lead      | contacts by `integration_leads`                                 |
| integration, kind contact   | contacts by `integration_contacts`, leads by `integration_leads`|
| csv                         | contacts by phone, leads by phone, contacts by email, leads …   |
| api, dashboard, phone_app   | none                                                            |
| any, policy `global`        | contacts by `rule`; unless it is a lead, then leads by `rule`   |
"""

from functools import cache

from domain.decisions import Because, Decision, DecisionRule
from domain.events import ContactImported, ContactsMerged, RecordUpdated, RecordWithdrawn
from domain.held_records import HeldRecord, Said, says_something_new
from domain.identifiers import Identifier, IdentifierKind
from domain.matching import Candidate, Candidates, Choice, Step, choose, kinds_needed
from domain.records import Record, RecordKind
from domain.settings import MergeSettings, Rule

CSV_STEPS = (
    Step("contact", "phone"),
    Step("imported_lead", "phone"),
    Step("contact", "email"),
    Step("imported_lead", "email"),
)


def merge_steps(settings: MergeSettings, record: Record) -> tuple[Step, ...]:
    """Which contacts a record seen for the first time may join, and by which rule, in order."""
    if settings.policy == "global":
        return _asking(record.kind, settings.rule, settings.rule)
    if record.source == "csv":
        return CSV_STEPS
    if record.source == "integration":
        return _asking(record.kind, settings.integration_contacts, settings.integration_leads)
    return ()


@cache
def _asking(kind: RecordKind, contacts: Rule, leads: Rule) -> tuple[Step, ...]:
    # The rule for leads decides whether a lead and a contact merge, whichever came first.
    if kind == "lead":
        return (Step("contact", leads),)
    return (Step("contact", contacts), Step("imported_lead", leads))


def matched_identifiers(settings: MergeSettings, record: Record) -> tuple[Identifier, ...]:
    """The identifiers to look up in the match index: not shared, of kinds that a rule needs."""
    steps = merge_steps(settings, record)
    if steps is CSV_STEPS and not settings.shared_identifiers:
        return record.matchable
    kinds = _kinds_asked(steps)
    return tuple(
        identifier
        for identifier in record.matchable
        if identifier.kind in kinds and not settings.is_shared(identifier)
    )


def said_identifiers(settings: MergeSettings, record: Record) -> tuple[Identifier, ...]:
    """All identifiers of a record that are not shared, whether or not a rule compares them."""
    if not settings.shared_identifiers:
        return record.matchable
    return tuple(each for each in record.matchable if not settings.is_shared(each))


@cache
def _kinds_asked(steps: tuple[Step, ...]) -> frozenset[IdentifierKind]:
    return frozenset().union(*(kinds_needed(step.rule) for step in steps))


def decide_first_seen(
    record: Record,
    candidates: Candidates,
    *,
    settings: MergeSettings,
    settings_version: int,
    contact_id: str,
    merge_id: str | None,
    starts_from: HeldRecord | None = None,
    says: Record | None = None,
    by: str,
    import_id: str | None = None,
) -> list[ContactImported | ContactsMerged]:
    """Decide whether a record seen for the first time becomes a contact or joins one.

    `contact_id` is the id that the record brings and keeps for ever; `merge_id` is used if it
    merges, and needed only with candidates. `starts_from`: what it said before, if somebody deleted
    it then; `says`: all that it says with this message. Rules: "Only a record seen for the first
    time is matched", "Candidates".
    """
    winner, decision = decide_candidate(says or record, candidates, settings, settings_version)
    if winner is None or merge_id is None:
        return [
            ContactImported(
                stream=contact_id,
                record=record,
                starts_from=starts_from,
                decision=decision,
                by=by,
                import_id=import_id,
            )
        ]
    return [
        ContactsMerged(
            stream=winner.contact_id,
            merge_id=merge_id,
            absorbed=contact_id,
            record=record,
            starts_from=starts_from,
            decision=decision,
            by=by,
            import_id=import_id,
        )
    ]


def decide_candidate(
    record: Record, candidates: Candidates, settings: MergeSettings, settings_version: int
) -> tuple[Candidate | None, Decision]:
    """Which candidate a record joins, if any, and why."""
    steps = merge_steps(settings, record)
    choice = choose(steps, candidates)
    rule = _rule_name(steps, choice)
    decision = Decision(
        rule=rule,
        because=_because(settings, record, steps, choice),
        matched=_matched(rule, record, choice),
        candidates=choice.seen,
        not_named=choice.not_named,
        settings_version=settings_version,
    )
    return choice.winner, decision


def decide_sent_again(
    contact_id: str,
    held: HeldRecord,
    record: Record,
    said: Said,
    *,
    brings: str | None = None,
    decision: Decision | None = None,
    by: str,
    import_id: str | None = None,
) -> list[RecordUpdated]:
    """Update a record that its source sends again. It is not matched again.

    `[]` if it says nothing new or only older values. `said.position` is the next one of the log;
    `brings`: the id that it would have got as a record seen for the first time; `decision`: why it
    was not merged by its first identifier (first_identifier.py).
    """
    if not says_something_new(held, record, said):
        return []
    return [
        RecordUpdated(
            stream=contact_id,
            record_id=held.record_id,
            record=record,
            decision=decision,
            by=by,
            import_id=import_id,
            brings=brings,
        )
    ]


def decide_withdrawn(contact_id: str, held: HeldRecord, *, by: str) -> list[RecordWithdrawn]:
    """A source takes its record back."""
    return [RecordWithdrawn(stream=contact_id, record_id=held.record_id, by=by)]


def _rule_name(steps: tuple[Step, ...], choice: Choice) -> DecisionRule:
    """The rule that decided; if none did, the one that is tried first."""
    if steps is CSV_STEPS:
        return "csv"
    if choice.step is not None:
        return choice.step.rule
    return steps[0].rule if steps else "never"


def _because(
    settings: MergeSettings, record: Record, steps: tuple[Step, ...], choice: Choice
) -> Because:
    if choice.step is not None:
        return _MATCHED[choice.step.rule]
    if not steps:
        return "source_never_merges"
    if steps[0].rule == "never":
        return "rule_is_never"
    if not record.matchable:
        return "no_identifier"
    if all(settings.is_shared(identifier) for identifier in record.matchable):
        return "only_shared_identifiers"
    # A captured lead is only a number: it does not hold a part of what the rule needs.
    contacts = [each for each in choice.seen if each.lost_because != "captured_lead"]
    return "no_candidate_met_the_rule" if contacts else "nothing_matched"


_MATCHED: dict[Rule, Because] = {
    "phone": "phone_matched",
    "email": "email_matched",
    "phone_and_email": "phone_and_email_matched",
}


def _matched(rule_name: DecisionRule, record: Record, choice: Choice) -> tuple[Identifier, ...]:
    """The identifiers shared with the winner, each of which alone would have made the record join.

    For a csv record these are phones and emails, whichever decided.
    """
    if choice.winner is None or choice.step is None:
        return ()
    kinds = kinds_needed("phone_and_email" if rule_name == "csv" else choice.step.rule)
    holds = choice.winner.holds
    return tuple(each for each in record.matchable if each in holds and each.kind in kinds)
