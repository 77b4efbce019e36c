"""Committed files work on every machine: they name no registry and no folder of one machine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-test.lock"]

# Written in parts, so that this file can be searched too.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
# Other registries: an option that points to one, or an address with a registry's ending.
INDEX = re.compile(r"(?:index-url|find-links|registry)[ =]+\S*[:/]{2}|:/{2}\S+/simple\b")


def committed_files() -> list[Path]:
    """Every file of the project, including uncommitted ones, except ignored files."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("the files of the repository: this is no git clone")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


def files_that_contain(pattern: re.Pattern[str]) -> list[str]:
    return [
        str(file.relative_to(ROOT))
        for file in committed_files()
        if pattern.search(file.read_text("utf-8", errors="replace"))
    ]


def test_no_file_has_the_address_of_a_package_registry() -> None:
    assert files_that_contain(re.compile("|".join(map(re.escape, REGISTRIES)))) == []
    assert files_that_contain(INDEX) == []


def test_no_file_has_the_path_of_the_checkout() -> None:
    path = re.compile(rf"(?<![\w./-]){re.escape(str(ROOT))}(?![\w-])")
    assert files_that_contain(path) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_exact_versions_with_hashes_and_nothing_else(lock: Path) -> None:
    text = lock.read_text("utf-8")
    lines = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    pinned = re.compile(r"[a-z0-9-]+==[\w.]+(?: ; [^#]+)? +(?:--hash=sha256:[0-9a-f]{64} *)+")
    assert [line for line in lines if not pinned.fullmatch(line)] == []
    assert "://" not in text


def test_the_tests_run_on_the_versions_that_the_program_runs_on() -> None:
    program, tests = (set(re.findall(r"\S+==\S+", lock.read_text("utf-8"))) for lock in LOCKS)
    assert program < tests


def test_every_file_that_the_docs_name_is_there() -> None:
    named = re.compile(r"`((?:domain|application|infrastructure|tests|docs)/[\w./-]+)`")
    media_type = re.compile("application/(?:json|problem.*)")
    pages = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    missing = [
        f"{page.name}: {name}"
        for page in pages
        for name in named.findall(page.read_text("utf-8"))
        if not media_type.fullmatch(name) and not (ROOT / name).exists()
    ]
    assert missing == []
