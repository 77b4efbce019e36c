"""The import contracts of pyproject.toml, and one deliberate violation of each.

A contract that nothing can break protects nothing, so each is broken once, in a copy.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("domain", "application", "infrastructure")

INWARD = "Imports point inward"
NO_FRAMEWORK = "The domain and the use cases know no framework"
PURE = "The domain asks no clock, no chance, no file, no network"
PHONES = "Phones are read in one place"
EMAILS = "Emails are read in one place"
COUNTRIES = "Countries are read in one place, and dates are written in one"
ORDER = "Storage, read models, the log, engines, wiring, driving"
ENGINES = "Only wiring, keys and backups know an engine"
PORTS = "What drives the use cases never asks for storage"
NO_API = "The command line knows nothing of the API, nor of the pages"
APART = "The API and the pages know nothing of each other"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages and of the contracts that bind them."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(tree: Path) -> set[str]:
    """What import-linter reports as broken in this tree."""
    lint_imports = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [lint_imports, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False
    )
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", run.stdout, re.MULTILINE)
    kept = {name for name, verdict in verdicts if verdict == "KEPT"}
    broken = {name for name, verdict in verdicts if verdict == "BROKEN"}
    assert kept | broken == contracts(), run.stdout + run.stderr
    assert run.returncode == (1 if broken else 0)
    return broken


def contracts() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


VIOLATIONS = [
    (ORDER, "infrastructure/storage/session.py", "from infrastructure.read_models import rebuild"),
    (ORDER, "infrastructure/read_models/rebuild.py", "from infrastructure.account_log import work"),
    (ORDER, "infrastructure/bootstrap.py", "from infrastructure.web import service"),
    (ENGINES, "infrastructure/jobs/import_job.py", "from infrastructure.sqlite import database"),
    (PORTS, "infrastructure/cli/output.py", "from infrastructure.storage import times"),
    (PORTS, "infrastructure/web/api/merges.py", "from infrastructure.read_models import rebuild"),
    (NO_API, "infrastructure/cli/output.py", "from infrastructure.web.api import examples"),
    (NO_API, "infrastructure/demo/story.py", "from infrastructure.web.pages import shown"),
    (PORTS, "infrastructure/web/pages/shown.py", "from infrastructure.storage import times"),
    (APART, "infrastructure/web/pages/shown.py", "from infrastructure.web.api import jobs"),
    (APART, "infrastructure/web/api/jobs.py", "from infrastructure.web.pages import shown"),
    (INWARD, "domain/contact.py", "from application import ports"),
    (INWARD, "application/ports/work.py", "from infrastructure import ids"),
    (NO_FRAMEWORK, "domain/events.py", "import eventsourcing.persistence"),
    (NO_FRAMEWORK, "application/jobs/import_file.py", "import sqlite3"),
    (PURE, "domain/merge_rule.py", "from time import monotonic"),
    (PHONES, "domain/records.py", "import phonenumbers"),
    (
        EMAILS,
        "infrastructure/formats/csv_file.py",
        "from email_validator import validate_email",
    ),
    (COUNTRIES, "application/wording.py", "from babel import Locale"),
]


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_violation_breaks_its_contract_and_no_other(
    tree: Path, contract: str, file: str, line: str
) -> None:
    with (tree / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    assert broken_contracts(tree) == {contract}


def test_every_contract_has_a_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == contracts()


def test_the_domain_knows_four_libraries_and_no_other() -> None:
    graph = grimp.build_graph("domain", include_external_packages=True, cache_dir=None)
    imported = {
        name for module in graph.modules for name in graph.find_modules_directly_imported_by(module)
    }
    packages = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    assert packages == {"domain", "msgspec", "phonenumbers", "email_validator", "babel"}
