"""Files are imported in the background: nothing is lost or doubled, whatever is killed."""

import csv
import io
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Place
from tests.web.service import Account, Service, running

ROWS = 6_000
REJECTED = ROWS // 100
SAME = ROWS // 10
"""Every hundredth row has nothing to match; every tenth of the others repeats a person."""


def a_file(rows: int = ROWS) -> str:
    lines = ["Name,Phone,Email"]
    for row in range(rows):
        number = row - 1 if row % 10 == 1 else row
        phone = "n/a" if row % 100 == 99 else f"(319) {220 + number // 10_000}-{number % 10_000:04}"
        lines.append(f"Person {row},{phone},")
    return "\n".join(lines) + "\n"


def ended(account: Account, import_id: str) -> dict[str, Any]:
    """Wait for an import to end. Returns its document."""
    return account.ended(f"/imports/{import_id}")


def has_begun(account: Account, import_id: str) -> None:
    """Wait until some of its rows are done; its store may be away for a moment."""
    while not (answer := account.get(f"/imports/{import_id}")).is_success or (
        answer.json()["rows"]["read"] == 0
    ):
        assert answer.status_code in {200, 503}, answer.text
        time.sleep(0.01)


def check_whole(account: Account, import_id: str) -> None:
    """Check that every row was taken once."""
    found = ended(account, import_id)
    assert found["status"] == "done", found
    rows = found["rows"]
    assert rows.pop("read") == found["rows_total"] == ROWS
    assert sum(rows.values()) == ROWS
    assert rows["rejected"] == REJECTED
    assert rows["merged"] == SAME
    assert rows["created"] == ROWS - REJECTED - SAME
    assert account.rows()["records"] == ROWS - REJECTED
    rejected = account.get(f"/imports/{import_id}/rejected.csv")
    lines = list(csv.reader(io.StringIO(rejected.text)))
    assert lines[0] == ["row", "reason", "Name", "Phone", "Email"]
    assert [int(line[0]) for line in lines[1:]] == list(range(101, ROWS + 2, 100))


def jobs_of(service: Service) -> list[int]:
    """The processes that carry out jobs for a service."""
    children = Path(f"/proc/{service.process.pid}/task").glob("*/children")
    found = [int(pid) for each in children for pid in each.read_text().split()]
    return [
        pid
        for pid in found
        if b"infrastructure.jobs.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_a_file_is_imported_with_each_row_counted(account: Account) -> None:
    check_whole(account, account.imported(a_file()))


def test_the_same_file_again_changes_nothing(account: Account) -> None:
    ended(account, account.imported(a_file(300)))
    position = account.position()
    again = ended(account, account.imported(a_file(300)))
    assert again["rows"]["unchanged"] == 297
    assert again["rows"]["rejected"] == 3
    assert account.position() == position


@pytest.mark.parametrize("name", [b"people\0.csv", b"\xff\xfe.csv", "\u2603".encode() * 300])
def test_a_file_may_have_any_name(account: Account, name: bytes) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % name
    answer = account.admin.post(
        f"{account.base}/imports",
        content=head + b"Name,Phone\nMary,+13195554929\n\r\n--x--\r\n",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 202, answer.text
    assert ended(account, answer.json()["id"])["rows"]["created"] == 1


def test_files_of_one_account_are_imported_one_after_the_other(account: Account) -> None:
    imports = [account.imported(a_file(500)) for _ in range(3)]
    found = [ended(account, each)["rows"] for each in imports]
    assert [each["unchanged"] for each in found] == [0, 495, 495]
    assert [each["rejected"] for each in found] == [5, 5, 5]


def test_what_is_only_counted_is_not_imported(account: Account) -> None:
    counted = ended(account, account.imported(a_file(500), dry_run="true"))
    assert counted["dry_run"]
    assert counted["rows"]["created"] == 445
    assert account.get("/contacts").json()["items"] == []
    done = ended(account, account.imported(a_file(500)))
    assert done["rows"] == counted["rows"]


def test_one_whose_process_is_killed_goes_on(account: Account) -> None:
    import_id = account.imported(a_file())
    has_begun(account, import_id)
    for process in jobs_of(account.service):
        os.kill(process, signal.SIGKILL)
    check_whole(account, import_id)


@pytest.mark.parametrize(
    "ends", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.heavy)]
)
def test_one_goes_on_when_the_service_is_there_again(place: Place, ends: signal.Signals) -> None:
    with running(place) as service:
        account = service.account()
        import_id = account.imported(a_file())
        has_begun(account, import_id)
        jobs = jobs_of(service)
        service.process.send_signal(ends)
        service.process.wait(timeout=30)
        if ends == signal.SIGKILL:  # on the other it ends them itself
            for process in jobs:
                os.kill(process, signal.SIGKILL)
    with running(place) as service:
        account.served_by(service)
        check_whole(account, import_id)


def test_others_are_served_meanwhile(account: Account) -> None:
    import_id = account.imported(a_file())
    served = 0
    while account.get(f"/imports/{import_id}").json()["status"] == "running":
        account.call()
        served += 1
    assert served > 3
    assert len(account.items("/calls")) == served
