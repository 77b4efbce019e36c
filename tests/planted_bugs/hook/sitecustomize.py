# ruff: noqa: INP001 -- Python finds it by its folder alone
"""Python runs this at its start if its folder is on PYTHONPATH: it plants a bug first.

So the bug is also in every process that a test starts.
"""

import os
import sys
import traceback

from tests.planted_bugs.planting import NOT_PLANTED, PLANTED_BUG, plant

try:
    plant(os.environ[PLANTED_BUG])
except BaseException:  # noqa: BLE001 - Python would go on without the bug
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(NOT_PLANTED)
