"""Take a message of a record that its source sent before."""

from typing import NamedTuple

from application.commands.link_activities import attach_leads
from application.commands.received import (
    Received,
    Refusal,
    either,
    kept_apart,
    not_matched,
    refusing,
    unchanged,
)
from application.ports import Work
from domain.contact import Contact
from domain.decisions import Decision
from domain.first_identifier import can_be_matched, is_alone, waits_for_first
from domain.held_records import HeldRecord, Said, as_record, evolve_record
from domain.matching import Candidate
from domain.merge_by_hand_rule import decide_brought
from domain.merge_rule import (
    decide_candidate,
    decide_sent_again,
    matched_identifiers,
    said_identifiers,
)
from domain.records import Record
from domain.value import replace


class Sent(NamedTuple):
    """A message, who sent it, its import; in a replay, whom it may not join, whom else not."""

    record: Record
    by: str
    import_id: str | None
    lost_because: Refusal | None
    refused: Refusal | None


def update_record(work: Work, sent: Sent, contact_id: str, held: HeldRecord) -> Received:
    """Update what a record says. By its first identifier its contact may join another one."""
    record, brings = sent.record, work.new_id()
    said = Said(work.next_position, work.now, record.updated_at)
    updated = decide_sent_again(
        contact_id, held, record, said, brings=brings, by=sent.by, import_id=sent.import_id
    )
    if not updated:
        return unchanged(work, contact_id, "nothing_new")
    says, winner, decision, merge_id = record, None, None, None
    if record.identifiers and waits_for_first(work.settings, held, record):
        says = as_record(evolve_record(held, record, said))
        if can_be_matched(work.settings, says, says.identifiers):
            winner, decision = _first_match(work, sent, contact_id, says)
            merge_id = work.new_merge_id(brings) if winner else None
    if winner is None or merge_id is None or decision is None:
        work.append([replace(event, decision=decision) for event in updated])
        if record.phones:
            attach_leads(work, contact_id, record.identifiers, by=sent.by)
        decision = decision or not_matched(work, "sent_again")
        return Received("updated", contact_id, decision=decision)
    work.append(updated)
    absorbed = work.state(contact_id)
    if not isinstance(absorbed, Contact):
        raise TypeError(f"contact {contact_id} is not live")
    merged, went = decide_brought(
        winner.contact_id, absorbed, merge_id=merge_id, decision=decision, by=sent.by
    )
    work.append([replace(merged, brings=brings, import_id=sent.import_id), went])
    attach_leads(work, winner.contact_id, says.identifiers, by=sent.by)
    return Received("merged", winner.contact_id, merge_id, decision)


def _first_match(
    work: Work, sent: Sent, contact_id: str, says: Record
) -> tuple[Candidate | None, Decision]:
    """Which contact a record joins by all that it says now, as if seen for the first time."""
    contact = work.state(contact_id) if work.count_records(contact_id) == 1 else None
    if not isinstance(contact, Contact) or not is_alone(contact):
        return None, not_matched(work, "not_alone")
    refusal = sent.lost_because
    if refusal is None:
        known = work.threads.known_as([says.source_key]) if says.source_key else []
        refusal = kept_apart(work, {contact_id, *work.leading_to(contact_id), *known})
    refusal = either(refusal, sent.refused)
    asked = matched_identifiers(work.settings, says)
    said = said_identifiers(work.settings, says)
    found = work.candidates(asked, said, every=refusal is not None)
    others = [each for each in found.among if each.contact_id != contact_id]
    candidates = refusing(found._replace(among=others), refusal)
    return decide_candidate(says, candidates, work.settings, work.settings_version)
