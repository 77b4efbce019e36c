"""The command line: `contact-merging`."""

import gc


def main() -> None:
    """Carry out the command of this process.

    Its modules are loaded only now: the processes that it starts load this one again.
    """
    # Python looks for garbage after every 700 new objects. Loading modules makes many and no
    # garbage, and what they hold is needed to the end.
    gc.disable()
    from infrastructure.cli import app  # noqa: PLC0415

    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()
    app.main()
