"""Stored forms of every event version, one payload a line. They are never edited.

A new version of an event brings a new file, written by `python -m tests.golden.write`; the old
ones stay, and must be read for ever.
"""
