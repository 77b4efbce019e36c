"""Undoing an import: everything is as if its rows had never come."""
