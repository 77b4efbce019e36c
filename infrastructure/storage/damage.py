"""What an account's tables must be, apart from what they say: their schema, version and indexes."""

import re
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from infrastructure.storage.schema import SCHEMA_VERSION, WORKS_WITH
from infrastructure.storage.session import Session

_INCARNATION = re.compile(r"[0-9a-f]{32}")
_KNOWN = (SCHEMA_VERSION, WORKS_WITH)


class Damage(NamedTuple):
    """What is wrong, and what could not be checked here.

    `readable`: whether the tables are there, so that what they say can be checked too.
    """

    problems: list[str]
    unchecked: list[str]
    readable: bool = True


def damage_of_schema(
    session: Session, expected: AbstractSet[str], found: AbstractSet[str]
) -> Damage:
    """Where a schema differs from what it must be. Both are sets of descriptions.

    While a release is rolled out, a newer program may have added something.
    """
    problems = [f"schema: {each} is missing" for each in sorted(expected - found)]
    if "table schema_version" not in found or "table incarnation" not in found:
        return Damage(problems, [], readable=False)
    rows = session.execute("SELECT version, works_with FROM schema_version")
    versions = [tuple(row) for row in rows]
    more = sorted(found - expected)
    if more and _are_of_a_newer_program(versions):
        said = f"schema: what version {versions[0][0]} added is not known to this program"
        return Damage(problems, [said], readable=not problems)
    problems += [f"schema: {each} does not belong there" for each in more]
    is_readable = not problems
    if versions != [_KNOWN]:
        said = ", ".join(map(str, versions)) or "nothing"
        problems.append(f"schema_version: says {said}; the tables are those of {_KNOWN}")
    incarnations = session.execute("SELECT incarnation FROM incarnation").fetchall()
    if len(incarnations) != 1 or not _INCARNATION.fullmatch(str(incarnations[0][0])):
        problems.append("incarnation: is not one value of 32 hexadecimal digits")
    return Damage(problems, [], is_readable)


def _are_of_a_newer_program(versions: list[tuple[object, ...]]) -> bool:
    if len(versions) != 1:
        return False
    version, works_with = versions[0]
    if not isinstance(version, int) or not isinstance(works_with, int):
        return False
    return version > SCHEMA_VERSION >= works_with
