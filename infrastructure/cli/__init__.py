"""The command line: `contact-merging`."""

import gc

# Python looks for garbage after every 700 new objects. Loading modules makes many and no garbage,
# and what they hold is needed to the end.
gc.disable()
from infrastructure.cli.app import main  # noqa: E402

gc.freeze()
gc.set_threshold(50_000)
gc.enable()

__all__ = ["main"]
