"""Bugs to plant in what is stored: the rows that an event changes, and the two stores."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from tests.planted_bugs.planting import UNDO, bug

PROJECTOR = "infrastructure.read_models.projector.Projector"
ACTIVITIES = "infrastructure.read_models.activity_rows.Activities"
ATTENTION = "infrastructure.read_models.attention_rows.Attention"
SEPARATION_ROWS = "infrastructure.read_models.separation_rows"
LOOKED_AT = "tests/application/attention"
SQLITE = "infrastructure.sqlite.database.SqliteFile"
POSTGRESQL = "infrastructure.postgresql.database.PostgresDatabase"
SEPARATION = "tests/application/separation"
READ_MODELS = "tests/infrastructure/test_read_models.py"
OLD_RECORD = "test_what_only_an_old_record_of_many_says_is_shown_when_a_newer_one_goes"
SINCE_AN_EDIT = "test_what_a_record_says_since_an_edit_is_shown_when_a_newer_one_goes"


# --- The rows that an event changes.


@bug(f"{PROJECTOR}._list")
def an_index_row_is_forgotten(original: Any, self: Any, contact_id: Any, listed: Any) -> Any:
    return original(self, contact_id, [each for each in listed if each[0] != "email"])


@bug(f"{PROJECTOR}._withdrawn", caught_by=f"{READ_MODELS}::{OLD_RECORD}", in_normal_run=True)
def a_withdrawn_records_numbers_stay(original: Any, self: Any, *given: Any) -> Any:
    with _giving(self, "_unlist", result=True):
        original(self, *given)


@bug("domain.shown.without_record", caught_by=f"{READ_MODELS}::{OLD_RECORD}")
def a_withdrawn_records_values_stay(original: Any, before: Any, *given: Any) -> Any:
    return original(before, *given)._replace(attributes=before.attributes)


@bug("domain.shown.without_record", caught_by=f"{READ_MODELS}::{SINCE_AN_EDIT}")
def what_a_record_says_since_an_edit_is_passed_over_for_the_edit(
    original: Any, before: Any, gone: Any, left: Any, by_hand: Any
) -> Any:
    shown = original(before, gone, left, by_hand)
    edited = by_hand.fields
    return shown._replace(
        attributes={
            name: each._replace(value=edited[name].value) if name in edited else each
            for name, each in shown.attributes.items()
        }
    )


@bug(f"{PROJECTOR}._merged_at_once")
def an_absorbed_id_leads_nowhere(original: Any, self: Any, recorded: Any, *given: Any) -> Any:
    original(self, recorded, *given)
    row = self._rows.contacts.get((recorded.event.absorbed,))
    self._rows.contacts.put(row._replace(survivor=None))


@bug(f"{PROJECTOR}._show")
def a_sync_that_changes_nothing_counts_as_an_update(
    original: Any, self: Any, *given: Any, **_changed: Any
) -> Any:
    original(self, *given, lists_changed=True)


@bug(f"{PROJECTOR}._merged_at_once")
def a_merged_lead_stays_a_lead(original: Any, self: Any, recorded: Any, *given: Any) -> Any:
    key = (recorded.event.stream,)
    kind = self._rows.contacts.get(key).shown.kind
    original(self, recorded, *given)
    merged = self._rows.contacts.get(key)
    self._rows.contacts.put(merged._replace(shown=merged.shown._replace(kind=kind)))


@bug("infrastructure.read_models.rows.Rows.flush")
def rows_are_not_deleted(original: Any, self: Any) -> Any:
    self._changed = {key: row for key, row in self._changed.items() if row is not None}
    original(self)


@bug(f"{PROJECTOR}._merged_at_once", caught_by="tests/infrastructure/test_flat_cost.py")
def whoever_joins_a_contact_walks_past_all_of_its_records(
    original: Any, self: Any, recorded: Any, *given: Any
) -> Any:
    [
        f"record {each}"
        for each in range(self._rows.contacts.get((recorded.event.stream,)).shown.records)
    ]
    original(self, recorded, *given)


@bug(f"{ACTIVITIES}.go_along", caught_by=UNDO)
def calls_are_left_behind_by_a_merge_by_hand(*_given: Any) -> None: ...


@bug(f"{SEPARATION_ROWS}.bind_two", caught_by=SEPARATION)
def a_separation_binds_only_the_ids_that_were_named(original: Any, rows: Any, *given: Any) -> Any:
    with _giving(rows, "leading_to", result=[]):
        original(rows, *given)


@bug(f"{ATTENTION}.undone", caught_by=UNDO)
def an_undone_merge_is_still_looked_at(*_given: Any) -> None: ...


@bug(f"{ATTENTION}.replayed", caught_by=UNDO)
def what_an_undo_moves_is_looked_at_where_it_was(*_given: Any) -> None: ...


@bug("infrastructure.read_models.tallies.Tallies.call_moved", caught_by=LOOKED_AT)
def the_calls_of_what_is_looked_at_are_not_counted(*_given: Any) -> None: ...


@bug("domain.names._begun", caught_by="tests/domain/test_names.py")
def an_initial_begins_no_word(*_given: Any) -> bool:
    return False


# --- Stores.


@bug("infrastructure.storage.chain.link", caught_by="tests/infrastructure/test_chain.py")
def the_digest_leaves_out_the_time(original: Any, *given: Any, **named: Any) -> Any:
    return original(*given, **{**named, "at": 0})


@bug(
    "infrastructure.sqlite.turnstile.Turnstile.turn",
    caught_by="tests/infrastructure/test_concurrency.py",
)
@contextmanager
def who_writes_does_not_wait_for_their_turn(*_given: Any) -> Iterator[None]:
    yield


@bug(f"{SQLITE}.writing_on", caught_by="tests/infrastructure/test_crash.py")
@contextmanager
def a_batch_is_not_one_commit(_original: Any, self: Any, _connection: Any) -> Iterator[None]:
    with self.turn():
        yield


@bug(f"{POSTGRESQL}.begin_writing", caught_by="tests/infrastructure/test_concurrency.py")
def on_postgresql_nobody_waits_for_their_turn(original: Any, self: Any) -> Any:
    begin, _lock, works_with = original(self).split("; ")
    return f"{begin}; {works_with}"


@bug(f"{POSTGRESQL}._has_committed", caught_by="tests/faults/test_commits.py")
def a_commit_whose_answer_was_lost_is_called_failed(*_given: Any) -> Any:
    return False


@bug(f"{POSTGRESQL}._has_committed", caught_by="tests/faults/test_commits.py")
def a_commit_that_did_not_land_is_acknowledged(*_given: Any) -> Any:
    return True


@bug(f"{POSTGRESQL}.locked", caught_by="tests/infrastructure/test_import_job.py")
@contextmanager
def any_number_of_processes_carry_out_an_import(
    original: Any, self: Any, name: Any
) -> Iterator[bool]:
    with original(self, name):
        yield True


@bug(
    "infrastructure.postgresql.sql.in_postgresql",
    caught_by="tests/infrastructure/postgresql/test_order.py",
)
def texts_are_ordered_as_a_language_orders_them(original: Any, statement: Any) -> Any:
    return original(statement).replace(' COLLATE "C"', "")


def _giving(whose: Any, method: str, *, result: Any) -> AbstractContextManager[Any]:
    """Let a method only return this value, for a while."""
    return patch.object(whose, method, lambda *_given: result)
