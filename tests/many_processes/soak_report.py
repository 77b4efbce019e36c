"""What the clients of a soak saw, and what is reported of it."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.many_processes.load import Account
from tests.many_processes.outcome import Outcome
from tests.many_processes.servers import PATIENCE


@dataclass(frozen=True)
class Options:
    """Duration, numbers, and the times of disturbances, in seconds."""

    seconds: float
    seed: int = 1
    servers: int = 4
    clients: int = 16
    accounts: int = 20
    small_accounts: int = 3
    """Accounts that the naive oracle repeats at the end, so they get few commands."""
    commands_of_small: int = 250
    kill_every: float = 10.0
    restarts: tuple[tuple[float, str], ...] = ()
    """When and how the database is restarted: `fast`, `immediate` or `kill`."""


@dataclass(eq=False)
class Disturbance:
    """A kill: the longest wait of a client, and the time until the process was back."""

    what: str
    at: float
    longest_wait: float = 0.0
    there_again: float = PATIENCE


@dataclass
class Counts:
    """What the clients saw."""

    attempts: int = 0
    cut_off: int = 0
    again: Counter[str] = field(default_factory=Counter)
    """Failed tries, by reason."""
    other: list[str] = field(default_factory=list)
    """Unexpected answers."""
    repeated: int = 0
    longest: dict[str, float] = field(default_factory=dict)
    """The longest time until a command of each kind was acknowledged."""


def report(
    options: Options,
    counts: Counts,
    disturbances: list[Disturbance],
    *,
    took: float,
    began: float,
    accounts: list[Account],
    outcomes: list[Outcome],
    logs: list[Path],
) -> dict[str, Any]:
    """What happened in a run that began then and took so many seconds, as one JSON document."""
    sent = [each for account in accounts for each in account.sent if each.kind != "read"]
    reads = sum(each.kind == "read" for a in accounts for each in a.sent)
    kinds = Counter(each.kind for each in sent if each.is_done)
    return {
        "seed": options.seed,
        "seconds": round(took, 1),
        "servers": options.servers,
        "clients": options.clients,
        "accounts": options.accounts,
        "commands": {
            "sent": len(sent),
            "acknowledged": sum(kinds.values()),
            "refused": sum(bool(each.status) and not each.is_done for each in sent),
            "given_up": sum(not each.status for each in sent),
            "sent_again": sum(each.attempts > 1 for each in sent),
            "cut_off": counts.cut_off,
            "acknowledged_by_kind": dict(kinds.most_common()),
        },
        "reads": reads,
        "requests": counts.attempts,
        "failed_requests": dict(counts.again.most_common()),
        "other_answers": counts.other[:20],
        "answers_compared_again": counts.repeated,
        "longest_command_seconds": {
            kind: round(each, 2) for kind, each in sorted(counts.longest.items())
        },
        "kills_and_restarts": [
            {
                "what": each.what,
                "at": round(each.at - began, 1),
                "there_again_after": round(each.there_again, 1),
                "longest_wait": round(each.longest_wait, 1),
            }
            for each in disturbances
        ],
        "longest_wait": round(max((e.longest_wait for e in disturbances), default=0), 1),
        "logged_exceptions": dict(_logged(logs)),
        "events": sum(each.events for each in outcomes),
        "imported_rows": sum(each.imported_rows for each in outcomes),
        "accounts_verified_and_rebuilt": len(outcomes),
        "events_told_by_the_oracle": sum(each.told_by_the_oracle for each in outcomes),
        "problems": [problem for each in outcomes for problem in each.problems][:50],
    }


def _logged(logs: list[Path]) -> Counter[str]:
    """The exceptions that the services and their imports have written into their logs."""
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text("utf-8", "replace").splitlines():
            if line.startswith("{") and '"exception"' in line:
                found[str(json.loads(line)["exception"][0])] += 1
            elif told := re.match(r"([\w.]+(?:Error|Exception|Unusable|Refused\w*))\b", line):
                found[told[1].rpartition(".")[2]] += 1
    return found
