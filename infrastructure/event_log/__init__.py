"""The event log: an account's only truth, on SQLite."""
