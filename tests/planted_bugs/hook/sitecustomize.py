# ruff: noqa: INP001 -- Python finds it by its folder alone
"""Python runs this when it starts, where its folder is on PYTHONPATH: a bug is planted first.

So it is there in every process that a test starts, too.
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
