"""The HTTP API: its endpoints, a file for each part."""
