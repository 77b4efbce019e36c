"""What an account's tables must be, apart from what they say: their schema, version and indexes."""

import re
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from infrastructure.storage.schema import SCHEMA_VERSION, WORKS_WITH
from infrastructure.storage.session import Session

_INCARNATION = re.compile(r"[0-9a-f]{32}")


class Damage(NamedTuple):
    """What is wrong, and what could not be checked here.

    `readable`: whether the tables are there, so that what they say can be checked too.
    """

    problems: list[str]
    unchecked: list[str]
    readable: bool = True


def schema_problems(expected: AbstractSet[str], found: AbstractSet[str]) -> list[str]:
    """Where a schema differs from what it must be. Both are sets of descriptions."""
    missing = [f"schema: {each} is missing" for each in sorted(expected - found)]
    return missing + [f"schema: {each} does not belong there" for each in sorted(found - expected)]


def version_problems(session: Session) -> list[str]:
    """Whether the account has one version and one incarnation."""
    problems = []
    versions = [
        tuple(row) for row in session.execute("SELECT version, works_with FROM schema_version")
    ]
    if versions != [(SCHEMA_VERSION, WORKS_WITH)]:
        said = ", ".join(map(str, versions)) or "nothing"
        problems.append(
            f"schema_version: says {said}; this program knows {(SCHEMA_VERSION, WORKS_WITH)}"
        )
    incarnations = session.execute("SELECT incarnation FROM incarnation").fetchall()
    if len(incarnations) != 1 or not _INCARNATION.fullmatch(str(incarnations[0][0])):
        problems.append("incarnation: is not one value of 32 hexadecimal digits")
    return problems
