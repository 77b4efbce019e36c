"""The HTTP API: its endpoints, one file for each part."""
