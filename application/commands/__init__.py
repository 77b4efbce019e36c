"""What people and sources ask for, one use case a file: load, decide, append."""
