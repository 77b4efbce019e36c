"""An account to move, on each kind of store."""

from tests.filled_account import filled, filled_folder, log

__all__ = ["filled", "filled_folder", "log"]
