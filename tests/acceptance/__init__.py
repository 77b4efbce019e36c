"""The product as users see it: the help article and bad input, through commands only."""

import pytest

pytest.register_assert_rewrite("tests.acceptance.command_line")
