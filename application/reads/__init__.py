"""Reads of people and programs, one use case per file."""
