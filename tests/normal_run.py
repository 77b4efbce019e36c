"""Which tests the normal run leaves to `run.py test --all`, of those that run on both stores.

What a rule, a command or an endpoint does is decided above the stores, and the stores have tests of
their own. So of the folders named here only a sample runs on PostgreSQL each time.
"""

from collections.abc import Iterator, Sequence

import pytest

SAMPLES = {
    "tests/acceptance/": ("test_help_article.py",),
    "tests/application/": (
        "by_hand/test_edited.py",
        "calls_and_messages/test_number_no_longer_captured.py",
        "export_back/test_exported_again.py",
        "separation/test_conflicts.py",
        "undo/test_recorded.py",
        "test_change_settings.py",
    ),
    "tests/undo/": ("test_undo_histories.py::test_every_merge_can_be_undone_in_any_order",),
    "tests/web/": (
        "test_access.py::Test",
        "test_help_article.py",
        "test_imports.py",
        "test_search.py",
    ),
}
"""By folder, where the ids of those begin that run on PostgreSQL each time."""


def left_out(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """The tests on PostgreSQL that are no sample, and that run on SQLite, too."""
    ids = {item.nodeid for item in items}
    for item in items:
        on_sqlite = item.nodeid.replace("postgresql", "sqlite")
        if on_sqlite != item.nodeid and on_sqlite in ids:
            for folder, samples in SAMPLES.items():
                name = item.nodeid.removeprefix(folder)
                if name != item.nodeid and not name.startswith(samples):
                    yield item
