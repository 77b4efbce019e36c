"""The documents that reads return, one per thing."""
