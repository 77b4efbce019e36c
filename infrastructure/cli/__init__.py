"""The command line: `contact-merging`."""

from infrastructure.cli.app import main

__all__ = ["main"]
