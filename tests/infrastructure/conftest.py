"""An account, on each kind of store, for the tests of this folder."""

from tests.filled_account import database, filled, filled_folder, log

__all__ = ["database", "filled", "filled_folder", "log"]
