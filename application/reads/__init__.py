"""What people and programs look at, one use case a file."""
