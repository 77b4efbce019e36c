"""A process that carries out jobs, one after the other: `python -m infrastructure.jobs.worker`.

A service starts it, so that long work takes at most another core from the requests. It stays for
the next job, because a process needs a second before its first row. Each line that it reads names
an account and a task; it answers each with a line. It may be killed at any moment: the next process
goes on with the job after the last item in the log.
"""

import logging
import os
import signal
import sys
from contextlib import closing, suppress
from typing import Literal, get_args

from application.jobs.job import Interrupted
from application.refusals import StoreUnusable, UnknownAccount
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.jobs.carry_out import Lane, carry_out_next
from infrastructure.json_logs import configure_logs

Task = Lane | Literal["followers"]
"""Carry out the next job of a lane, or let the followers read the log."""
Answer = Literal["done", "nothing", "failed"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

_log = logging.getLogger("contact_merging.jobs")


def carry_out(accounts: StoredAccounts, account: str, task: Task) -> Answer:
    """Do the next task for an account. Returns whether there was work."""
    try:
        with closing(accounts.open(account)) as log:
            if task != "followers" and not carry_out_next(log, task):
                return "nothing"
            for follower in log.followers if task != "previews" else ():
                follower.catch_up()
            return "nothing" if task == "followers" else "done"
    except UnknownAccount:
        return "nothing"
    except (StoreUnusable, Interrupted) as error:
        _log.warning("interrupted", extra={"account": account, "reason": str(error)})
    except Exception:  # noqa: BLE001 -- another try may succeed, and other accounts must go on
        _log.exception("interrupted", extra={"account": account})
    return "failed"


def main() -> None:
    """Carry out what each line asks for, until there are no more. On SIGTERM end as if killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    configure_logs(os.environ.get("CONTACT_MERGING_LOG_LEVEL") or "info")
    accounts = open_store(os.environ[STORE_VARIABLE])
    with suppress(BrokenPipeError):  # the service has ended, and others will look
        for line in sys.stdin:
            account, task = line.split()
            sys.stdout.write(f"{carry_out(accounts, account, task)}\n")  # type: ignore[arg-type]  # the pool names tasks
            sys.stdout.flush()
    os._exit(0)  # do not flush output for a service that has ended


if __name__ == "__main__":
    main()
