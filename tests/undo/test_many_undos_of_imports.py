"""Import, then anything, then undo the import, in hundreds of histories."""

import pytest

from tests.stores import Kind
from tests.undo.test_undo_histories import check_imports

MANY: dict[Kind, int] = {"sqlite": 2_000, "postgresql": 200}


@pytest.mark.heavy
def test_undoing_an_import_leaves_it_in_thousands_of_histories(kind: Kind) -> None:
    check_imports(kind, range(MANY[kind]))
