"""Commands of people and sources, one use case per file: load, decide, append."""
