"""The rules of merging: pure, without clock, storage or framework."""
