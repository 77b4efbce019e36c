#!/usr/bin/env python3
"""Install what the project needs into `.venv`, then run contact-merging or the tests.

python3 run.py               contact-merging demo
python3 run.py ARGUMENTS     contact-merging ARGUMENTS
python3 run.py test          every check, and the tests of a normal run
python3 run.py test --all    every check and every test, the heavy ones too; it takes two hours
python3 run.py test --all --continue
                             the same without the tests that passed in a run that was interrupted
python3 run.py test OPTIONS  pytest OPTIONS, and nothing else
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 -- an older Python must fail with one clear line
    sys.exit(f"contact-merging needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
INSTALLED = VENV / "installed"
"""What was installed. It is written last: if it is missing, an installation was interrupted."""

LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}
CHECKS = {
    "ruff check": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check"],
    "mypy": ["mypy"],
    "import contracts": ["lint-imports"],
}
PASSED = ROOT / ".pytest_cache" / "passed"
"""A digest of the code, and the tests that passed in a run of all."""
SIDE_BY_SIDE = ["--numprocesses", "4", "--dist"]


def main(arguments: list[str]) -> int:
    """Do what the arguments say. Returns the exit status, unless contact-merging takes over."""
    if arguments[:1] != ["test"]:
        install("run")
        os.execv(BIN / "contact-merging", ["contact-merging", *(arguments or ["demo"])])
    install("test")
    return test(arguments[1:])


def test(options: list[str]) -> int:
    """Run every check and name those that failed; with options, run only pytest."""
    checks = {"pytest": ["pytest", *options]}
    everything = options in (["--all"], ["--all", "--continue"])
    if everything or not options:
        some = "" if everything else " and not heavy"
        checks = {
            **CHECKS,
            # One process first: what it compiles, those side by side need not compile again.
            "tests that measure time": ["pytest", "-m", f"alone{some}"],
            "tests, side by side": [
                *("pytest", "-m", f"not alone{some}", *SIDE_BY_SIDE),
                # One file has hundreds of heavy tests, which one process alone would run for hours.
                "worksteal" if everything else "loadfile",
            ],
        }
    with tempfile.TemporaryDirectory() as folder:
        not_run, cpu_seconds = Path(folder) / "not-run", Path(folder) / "cpu-seconds"
        for file in (not_run, cpu_seconds):
            file.touch()
        environment = {
            **os.environ,
            "CONTACT_MERGING_NOT_RUN_FILE": str(not_run),
            "CONTACT_MERGING_CPU_SECONDS_FILE": str(cpu_seconds),
        }
        # The tests start hundreds of processes, which would all compile the program.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if everything:
            environment["CONTACT_MERGING_ALL_TESTS"] = "yes"
            environment["CONTACT_MERGING_NIGHT"] = str(int(time.time()) // 86_400)
            environment["CONTACT_MERGING_PASSED_FILE"] = str(PASSED)
            begin_or_continue(options)
        failed = []
        for name, command in checks.items():
            print(f"\n{name}", flush=True)
            program = [str(BIN / command[0]), *command[1:]]
            if subprocess.run(program, cwd=ROOT, env=environment, check=False).returncode:
                failed.append(name)
        missing = list(dict.fromkeys(not_run.read_text("utf-8").splitlines()))
        print_slowest(cpu_seconds.read_text("utf-8").splitlines())
    if failed:
        print("failed:", ", ".join(failed))
    for name in missing:
        print("not run:", name)
    return 1 if failed or (missing and os.environ.get("CI") == "true") else 0


def begin_or_continue(options: list[str]) -> None:
    """Keep the names of tests that passed for a run that is continued, unless the code changed."""
    code = state_of_the_code()
    before = PASSED.read_text("utf-8").splitlines() if PASSED.exists() else []
    if "--continue" in options and before[:1] == [code]:
        print(f"{len(before) - 1:,} tests passed before", flush=True)
        return
    if "--continue" in options:
        print("There is no run of this code to continue: everything runs.", flush=True)
    PASSED.parent.mkdir(exist_ok=True)
    PASSED.write_text(f"{code}\n", "utf-8")


def print_slowest(lines: list[str]) -> None:
    """Print the ten modules that cost most. Each line has seconds and a module's name."""
    spent: dict[str, float] = defaultdict(float)
    for line in lines:
        seconds, _, module = line.partition(" ")
        spent[module] += float(seconds)
    print(f"\nCPU seconds: {sum(spent.values()):.0f}, most of them for")
    for module in sorted(spent, key=spent.__getitem__, reverse=True)[:10]:
        print(f"{spent[module]:8.1f}  {module}")


def install(purpose: str) -> None:
    """Install in `.venv` what the lock for this purpose says, unless it is installed already."""
    directory = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # if two start at once, one waits
    state = state_of_the_project()
    installed = INSTALLED.read_text("utf-8").split() if INSTALLED.exists() else []
    if state not in installed or not (BIN / "python").exists():
        installed = []
    if purpose not in installed and "test" not in installed:
        start = time.monotonic()
        print("Installing what the lock says into .venv:", end=" ", file=sys.stderr, flush=True)
        INSTALLED.unlink(missing_ok=True)
        if not installed:
            run_quietly([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        install_with_pip("--require-hashes", "--requirement", str(ROOT / LOCKS[purpose]))
        install_with_pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        INSTALLED.write_text(f"{state} {purpose}\n", "utf-8")
        print(f"{time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    os.close(directory)


def state_of_the_project() -> str:
    """A digest of all that an installation depends on, including the place of the folder."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for name in (*LOCKS.values(), "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def state_of_the_code() -> str:
    """A digest of the product and its tests."""
    folders = ("domain", "application", "infrastructure", "tests")
    files = (each for folder in folders for each in (ROOT / folder).rglob("*") if each.is_file())
    digest = hashlib.sha256(state_of_the_project().encode())
    for file in sorted(each for each in files if "__pycache__" not in each.parts):
        digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def install_with_pip(*what: str) -> None:
    """Install into `.venv` with the system's pip, since Debian's Python may not put one there."""
    python = str(BIN / "python")
    outside = next(filter(None, map(shutil.which, ("pip3", "pip"))), None)
    if find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "--python", python]
    elif outside:
        pip = [outside, "--python", python]
    elif find_spec("ensurepip"):
        run_quietly([python, "-m", "ensurepip"])
        pip = [python, "-m", "pip"]
    else:
        sys.exit(
            "failed.\nThere is no pip: install it first (on Debian: apt-get install python3-pip)."
        )
    run_quietly([*pip, "install", "--quiet", "--disable-pip-version-check", *what])


def run_quietly(command: list[str]) -> None:
    """Run an installer. If it fails, exit with what it printed."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", check=False
    )
    if done.returncode:
        sys.exit(f"failed.\n{' '.join(command)}\n{done.stdout}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
