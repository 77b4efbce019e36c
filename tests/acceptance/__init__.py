"""The product as its users meet it: the help article, and bad input, by commands alone."""

import pytest

pytest.register_assert_rewrite("tests.acceptance.command_line")
