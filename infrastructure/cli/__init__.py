"""The command line: `contact-merging`."""

import gc

# Python looks for garbage after 700 new objects. What is loaded is none, and is looked at no more.
gc.set_threshold(50_000)
from infrastructure.cli.app import main  # noqa: E402

gc.freeze()

__all__ = ["main"]
