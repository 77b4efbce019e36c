"""The documents that reads answer with, one a thing."""
