"""What the normal run leaves to `run.py test --all`: repeats that rarely find anything more.

Rules, commands and endpoints do not depend on the store, and the stores have their own tests. So
only a sample of the tests in the files named here runs on PostgreSQL in the normal run. Hypothesis
also tries fewer examples.
"""

import os
from collections.abc import Iterator, Sequence

import pytest

ALL_TESTS = "CONTACT_MERGING_ALL_TESTS"
"""The environment variable by which `run.py test --all` asks for all examples."""
SAMPLES = {
    "tests/acceptance/": ("test_help_article.py",),
    "tests/attack/": ("test_tampering.py", "test_damage.py::test_an_event", "test_removed"),
    "tests/application/": (
        "by_hand/test_restored.py",
        "calls_and_messages/test_number_no_longer_captured.py",
        "export_back/test_exported_again.py",
        "separation/test_separated.py",
        "undo/test_recorded.py",
        "test_change_settings.py",
    ),
    "tests/infrastructure/search/test_flat_cost": (),
    "tests/infrastructure/test_crowds.py": (),
    "tests/infrastructure/test_chain.py": ("::test_a_deleted", "::test_an_untouched"),
    "tests/infrastructure/test_concurrency.py": ("::test_processes",),
    "tests/infrastructure/test_flat_cost": (),
    "tests/infrastructure/test_undo_job.py": (),
    "tests/infrastructure/test_read_models.py": (
        "::test_it_keeps_the_same_rows",
        "::test_a_lost_row",
        "::test_an_account_works_on",
        "::test_others_write",
    ),
    "tests/many_processes/test_hash_seeds.py": (),
    "tests/many_processes/test_taken_over.py": ("::test_one_whose_process_alone",),
    "tests/many_processes/test_workers.py": ("::TestAnyProcess",),
    "tests/moving/": (
        "test_commands.py",
        "test_backup_and_restore.py::test_the_account_is_the_same",
    ),
    "tests/pages/": ("test_sign_in.py::test_it_ends_by_itself",),
    "tests/previews/": ("test_equal.py::test_a_preview",),
    "tests/rollout/": ("test_schema_versions.py::test_one_that_is_too_old",),
    "tests/undo/": ("test_undo_histories.py::test_a_rebuild_gives_the_same_rows",),
    "tests/web/": (
        "test_access.py::Test",
        "test_etags.py",
        "test_search.py",
    ),
}
"""How the ids of tests begin, and how the rest of the id begins for the sample."""


def left_out(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """The tests on PostgreSQL that also run on SQLite and are not part of a sample."""
    ids = {item.nodeid for item in items}
    for item in items:
        on_sqlite = item.nodeid.replace("postgresql", "sqlite")
        if on_sqlite != item.nodeid and on_sqlite in ids:
            for begins, samples in SAMPLES.items():
                rest = item.nodeid.removeprefix(begins)
                if rest != item.nodeid and not rest.startswith(samples):
                    yield item


def examples(of_all: int) -> int:
    """How many examples Hypothesis tries: a quarter of these, unless all tests are asked for."""
    return of_all if os.environ.get(ALL_TESTS) else of_all // 4
