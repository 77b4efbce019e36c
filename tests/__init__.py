"""The tests. Tests of rules read like docs/rules.md: given, when, then."""
