"""The tests. Those of the rules read as docs/rules.md reads: given, when, then."""

import pytest

pytest.register_assert_rewrite("tests.given_when_then")
