"""An account on SQLite for the tests of this folder."""

from tests.account_on_sqlite import database, filled_account, log
from tests.story_on_sqlite import story

__all__ = ["database", "filled_account", "log", "story"]
