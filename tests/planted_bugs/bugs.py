"""Bugs to plant: each replaces a function of the product, and a test has to catch it.

If the product has no function of that name, the bug's test fails, so the list must follow changes
of the product. It goes on in `bugs_of_stores.py`.
"""

from typing import Any
from unittest.mock import patch

from domain.events import ActivityMoved, ContactReplayed
from domain.value import replace
from tests.planted_bugs.bugs_of_stores import ACTIVITIES, PROJECTOR, SEPARATION
from tests.planted_bugs.planting import UNDO, bug

REPLAY = "application.history.replay.Replay"

# --- What a merged contact says.


@bug("domain.shown.listed")
def a_phone_is_dropped_from_the_union(original: Any, record: Any, kind: Any) -> Any:
    known = original(record, kind)
    return known and known._replace(points=known.points[:1])


@bug("domain.shown.united")
def the_union_is_not_in_the_order_first_seen(original: Any, *given: Any) -> Any:
    return dict(reversed(original(*given).items()))


@bug("domain.shown._newest")
def the_oldest_value_shows_and_not_the_newest(_original: Any, shown: Any, news: Any) -> Any:
    known = shown.keys() & news.keys()
    older = {name: news[name] for name in known if news[name].order < shown[name].order}
    return {**news, **shown, **older}


@bug("domain.held_records.evolve_record")
def a_stale_message_overwrites(original: Any, held: Any, record: Any, said: Any) -> Any:
    return original(held, record, said._replace(updated_at=None))


@bug("domain.held_records.evolve_record")
def a_list_that_is_turned_round_turns_what_is_shown(
    original: Any, held: Any, record: Any, said: Any
) -> Any:
    after = original(held, record, said)
    if record.phones is None or after.phones is None:
        return after
    return replace(after, phones=after.phones._replace(points=after.phones.points[::-1]))


@bug("domain.held_records.evolve_record")
def a_number_that_a_record_takes_back_stays(
    original: Any, held: Any, record: Any, said: Any
) -> Any:
    if record.phones is None or held.phones is None:
        return original(held, record, said)
    keys = {point.key for point in record.phones}
    gone = [each.point for each in held.phones.points if each.point.key not in keys]
    return original(held, replace(record, phones=(*record.phones, *gone)), said)


@bug("domain.held_records.HeldRecord.last_said", caught_by="tests/domain/test_records.py")
def a_records_time_goes_back_with_a_message_that_says_little(_original: Any, record: Any) -> Any:
    lists = [each for each in (record.phones, record.emails) if each]
    return max(record.said[each.said].order for each in (*record.fields.values(), *lists))


@bug("domain.held_records.Said.order")
def a_time_in_the_future_counts(_original: Any, said: Any) -> Any:
    return said.updated_at or said.at, said.position


@bug("domain.records.read_record")
def a_blank_value_overwrites(original: Any, *, name: Any = None, **given: Any) -> Any:
    record = original(name=name, **given)
    return record if name is None else replace(record, name=name.strip())


@bug("domain.phones._with_extension")
def an_extension_does_not_count(_original: Any, canonical: Any, _extension: Any) -> Any:
    return canonical


@bug("domain.shown.yields", caught_by=UNDO)
def an_edit_yields_to_every_newer_message(
    _original: Any, edited: Any, _changed: Any, since: Any
) -> Any:
    return edited is None or since >= edited.at


@bug("domain.shown.yields", caught_by=UNDO)
def an_edit_never_yields(_original: Any, edited: Any, *_given: Any) -> Any:
    return edited is None


@bug("domain.held_records.hide_points", caught_by=UNDO)
def a_number_removed_by_hand_shows_again(_original: Any, held: Any, **_removed: Any) -> Any:
    return held


@bug("domain.contact_fold._restored", caught_by=UNDO)
def a_deleted_contact_comes_back_with_what_its_source_has_sent_again(
    original: Any, contact: Any, recorded: Any, event: Any
) -> Any:
    return original(contact, recorded, replace(event, superseded=()))


# --- Whom a record joins.


@bug("domain.matching.holds_both")
def who_holds_both_a_phone_and_an_email_is_not_first(_original: Any, *_given: Any) -> bool:
    return False


@bug("domain.matching.most_recently_updated", in_normal_run=True)
def candidates_are_in_the_wrong_order(original: Any, candidate: Any) -> Any:
    updated, contact_id = original(candidate)
    return -updated, contact_id


@bug("domain.merge_rule.merge_steps")
def csv_asks_by_email_before_phone(original: Any, settings: Any, record: Any) -> Any:
    steps = original(settings, record)
    if record.source == "csv":
        return tuple(sorted(steps, key=lambda step: str(step.rule)))
    return steps


@bug("domain.merge_rule._asking", caught_by="tests/domain/merge_rule", in_normal_run=True)
def a_lead_wins_over_a_contact(original: Any, *given: Any) -> Any:
    return original(*given)[::-1]


@bug("domain.merge_rule._asking")
def a_lead_and_a_contact_come_together_by_the_rule_for_contacts(
    original: Any, kind: Any, contacts: Any, leads: Any
) -> Any:
    return original(kind, contacts, leads if kind == "lead" else contacts)


@bug("domain.matching.meets")
def a_phone_or_an_email_is_enough_where_both_are_asked_for(
    original: Any, rule: Any, holds: Any
) -> Any:
    rules = ("phone", "email") if rule == "phone_and_email" else (rule,)
    return any(original(each, holds) for each in rules)


@bug("domain.merge_rule.matched_identifiers")
def a_shared_identifier_is_matched(original: Any, settings: Any, record: Any) -> Any:
    return original(replace(settings, shared_identifiers=()), record)


@bug("infrastructure.account_log.work.LogWork.record_of_source")
def a_record_that_is_sent_again_is_matched_again(original: Any, work: Any, key: Any) -> Any:
    return None if key[1] == "contact" else original(work, key)


@bug("infrastructure.account_log.work.LogWork.deleted_record", caught_by=UNDO)
def what_somebody_deleted_comes_back_with_a_full_sync(*_given: Any) -> Any:
    return None


@bug("application.commands.update_record._first_match", caught_by=UNDO)
def a_record_that_says_its_first_identifier_joins_nobody(original: Any, *given: Any) -> Any:
    return None, original(*given)[1]


@bug("domain.held_records._gone", caught_by=UNDO)
def a_record_forgets_what_it_took_back(*_given: Any) -> Any:
    return ()


@bug("infrastructure.account_log.threads.LogThreads.later_ids", caught_by=SEPARATION)
def a_separation_does_not_bind_a_record_that_was_withdrawn(*_given: Any) -> Any:
    return []


@bug("infrastructure.account_log.work.LogWork.contact_with_csv_row")
def a_csv_row_that_is_there_already_is_recorded_again(*_given: Any) -> Any:
    return None


@bug("domain.merge_rule.decide_first_seen")
def a_decision_names_the_wrong_settings(original: Any, *given: Any, **named: Any) -> Any:
    return original(*given, **{**named, "settings_version": 1})


# --- Calls, and commands by hand.


@bug("domain.lead_rule.decide_attached", caught_by=UNDO)
def a_captured_lead_is_not_attached(*_given: Any, **_named: Any) -> Any:
    return []


@bug("domain.call_rule._first", caught_by=UNDO)
def leads_come_before_contacts_for_a_call(original: Any, holders: Any) -> Any:
    return original([each for each in holders if each.kind == "imported_lead"] or holders)


@bug("domain.edit_rule.decide_edited", caught_by=UNDO)
def a_command_is_sent_to_the_survivor_for_good(
    original: Any, contact_id: str, *given: Any, by: str, **_named: Any
) -> Any:
    return original(contact_id, *given, sent_to=contact_id, by=by)


@bug("application.commands.link_activities.link_anew_if_gone", caught_by=UNDO)
def calls_of_a_deleted_contact_are_lost(*_given: Any, **_named: Any) -> None: ...


@bug("application.jobs.link_activities.link_others", caught_by=UNDO)
def of_very_many_calls_only_some_find_another_contact(*_given: Any, **_named: Any) -> None: ...


@bug("application.commands.link_activities.bring_assigned_back", caught_by=UNDO)
def an_agents_choice_is_forgotten_when_its_contact_comes_back(
    *_given: Any, **_named: Any
) -> None: ...


@bug("application.commands.restore_contact._came_again", caught_by=UNDO)
def a_deleted_contact_comes_back_with_a_record_that_was_sent_again(
    original: Any, work: Any, held: Any
) -> Any:
    return held.source_key is None and original(work, held)


# --- Undo.


@bug(f"{PROJECTOR}._evolve", caught_by=UNDO)
def the_match_index_is_not_updated_by_an_undo(original: Any, self: Any, recorded: Any) -> Any:
    index = self._rows.identifiers
    known = [row for row in index.where("contact_id = ?", recorded.event.stream) if row.holders]
    original(self, recorded)
    if isinstance(recorded.event, ContactReplayed):
        for row in known:
            if not index.get(row[:3]).holders:
                index.put(row)


@bug("domain.undo_rule.decide_undone", caught_by=UNDO, in_normal_run=True)
def calls_are_left_behind_by_an_undo(original: Any, *given: Any, **named: Any) -> Any:
    return [event for event in original(*given, **named) if not isinstance(event, ActivityMoved)]


@bug(f"{ACTIVITIES}.settle", caught_by=UNDO)
def an_undo_does_not_look_whose_the_calls_are_that_it_need_not_move(
    _original: Any, self: Any, _recorded: Any
) -> Any:
    self._moving.clear()


@bug(f"{REPLAY}._receive", caught_by=UNDO)
def a_record_whose_merge_was_undone_falls_to_its_next_candidate(
    original: Any, self: Any, *given: Any
) -> Any:
    with patch.object(self, "_without", frozenset()):
        original(self, *given)


@bug(f"{REPLAY}.go_on", caught_by=UNDO)
def what_was_undone_before_comes_back(
    original: Any, self: Any, history: Any, without: Any, *given: Any
) -> None:
    original(self, history, without - history.undone, *given)


@bug(f"{REPLAY}.go_on", caught_by=SEPARATION)
def a_separation_is_forgotten_when_an_undo_replays(
    original: Any, self: Any, history: Any, without: Any, _apart: Any, *given: Any
) -> None:
    original(self, history, without, {}, *given)


@bug("application.history.touched.Search._read_on", caught_by="tests/undo/test_undo_histories.py")
def an_undo_in_steps_forgets_what_came_meanwhile(
    _original: Any, *_given: Any, **_named: Any
) -> None:
    pass


@bug(
    "infrastructure.read_models.crowds.Crowds._keep_up",
    caught_by="tests/infrastructure/test_crowds.py",
)
def a_crowd_stays_as_it_was_at_first(_original: Any, *_given: Any, **_named: Any) -> None:
    pass


@bug(
    "infrastructure.account_log.threads.LogThreads.holding",
    caught_by="tests/application/undo/test_who_once_held.py",
)
def what_once_was_held_is_no_part_of_an_undo(_original: Any, self: Any, identifiers: Any) -> Any:
    rows = self._rows.identifiers.under_each(identifiers)
    return [row.contact_id for row in rows if row.holders]
