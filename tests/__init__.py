"""The tests. Those of the rules read as docs/rules.md reads: given, when, then."""
