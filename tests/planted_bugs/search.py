"""Search random histories for a bug: `python -m tests.planted_bugs.search HISTORIES`.

Exits with CAUGHT as soon as one history fails, without looking for a shorter one.
"""

import sys
import traceback

from hypothesis import Phase

from tests.state_machine.machine import check_histories

CAUGHT = 3


def main() -> None:
    try:
        check_histories(int(sys.argv[1]), phases=[Phase.generate])
    except Exception:  # noqa: BLE001 - whatever way a bug shows itself
        traceback.print_exc()
        sys.exit(CAUGHT)


if __name__ == "__main__":
    main()
