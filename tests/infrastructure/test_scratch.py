"""The scratch folder of a killed process is removed when the next one is made."""

import os
import signal
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest

from infrastructure.scratch import scratch_folder

HOLD = """
import time
from infrastructure.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "customers.csv").write_text("Mary,+13195550100")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def hold() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_is_there_while_it_is_needed_for_this_user_alone(temporary: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_what_a_killed_process_left_goes_and_what_another_needs_stays() -> None:
    killed, left = hold()
    working, needed = hold()
    end(killed)
    assert (left / "customers.csv").exists()
    with scratch_folder():
        assert not left.exists()
        assert (needed / "customers.csv").exists()
    end(working)


def test_a_link_that_somebody_laid_there_leads_nowhere(temporary: Path) -> None:
    kept = temporary / "kept"
    kept.mkdir()
    (temporary / "contact-merging-scratch-link").symlink_to(kept)
    with scratch_folder():
        assert kept.exists()


def make_many(errors: list[BaseException]) -> None:
    try:
        for _ in range(50):
            with scratch_folder() as folder:
                (folder / "file").write_text("there")
                assert (folder / "file").read_text() == "there"
    except BaseException as error:  # noqa: BLE001 - told in the test's thread
        errors.append(error)


def many_in_a_process() -> None:
    errors: list[BaseException] = []
    threads = [Thread(target=make_many, args=(errors,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(len(errors))


def test_those_that_are_made_at_once_do_not_disturb_each_other(temporary: Path) -> None:
    processes = [get_context("fork").Process(target=many_in_a_process) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert list(temporary.iterdir()) == []
