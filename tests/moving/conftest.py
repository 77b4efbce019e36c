"""An account, on each kind of store, to be moved."""

from tests.filled_account import filled, filled_folder, log

__all__ = ["filled", "filled_folder", "log"]
