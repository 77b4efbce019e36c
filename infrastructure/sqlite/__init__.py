"""An account on SQLite: a folder with a file."""
