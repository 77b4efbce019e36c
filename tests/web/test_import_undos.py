"""An import is undone by a job, in steps: nothing is lost or doubled, whatever is killed."""

import os
import signal
import time
from typing import Any

import pytest

from infrastructure.jobs.carry_out import CHANGES
from tests.web.service import Account
from tests.web.test_imports import a_file, ended, jobs_of

ROWS = 600
MANY_ROWS = 200_000
OTHERS = range(2, 8)


def imported(account: Account, rows: str) -> str:
    import_id = account.imported(rows)
    assert ended(account, import_id)["status"] == "done"
    return import_id


def check_gone(
    account: Account, import_id: str, job_id: str, *, kept: int = 0, others: int = 0
) -> None:
    """Check that the rows are gone but for those that were kept, and not the records of others."""
    rows = account.get(f"/imports/{import_id}").json()["rows"]
    changed = rows["created"] + rows["merged"]
    job = account.ended(f"/jobs/{job_id}")
    assert (job["kind"], job["status"], job["error"]) == ("undo_import", "done", None)
    assert job["result"] == {"reversed": changed - kept, "kept": kept, "not_possible": 0}
    progress = {"done": changed, "total": changed, "rate": None, "seconds_left": None}
    assert job["progress"] == progress
    assert account.rows()["records"] == kept + others
    with account.opened() as log:
        assert log.verify().problems == ()


def everything(account: Account) -> list[dict[str, Any]]:
    """All contacts with all that they say, and all calls.

    Not the ids that lead to a contact, since those of rows that were taken out do, and its version.
    """
    ids = [each["id"] for each in account.items("/contacts")]
    contacts = [account.get(f"/contacts/{each}").json() for each in ids]
    without = {"absorbed", "absorbed_total", "version"}
    said = [{name: each[name] for name in each if name not in without} for each in contacts]
    return [*said, *account.items("/calls")]


def test_all_of_it_goes_but_what_somebody_edited(account: Account) -> None:
    import_id = imported(account, a_file(ROWS))
    contact = account.get("/contacts", phone="(319) 220-0002").json()["items"][0]["id"]
    account.admin.patch(f"{account.base}/contacts/{contact}", json={"name": "Ann"})
    accepted = account.post(f"/imports/{import_id}/undo", Idempotency_Key="once")
    job = accepted.json()["id"]
    assert (accepted.status_code, accepted.json()) == (202, {"id": job, "status": "running"})
    assert accepted.headers["location"] == f"{account.base}/jobs/{job}"
    check_gone(account, import_id, job, kept=1)
    assert len(account.items("/contacts")) == 1
    kept = account.get(f"/imports/{import_id}/kept").json()
    reason = "somebody edited its contact"
    assert kept == {"items": [{"contact_id": contact, "reason": reason}], "next": None}
    assert account.get(f"/imports/{import_id}").json()["undo"] == job
    assert account.post(f"/imports/{import_id}/undo", Idempotency_Key="once").json()["id"] == job
    again = account.post(f"/imports/{import_id}/undo")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")


def test_imports_are_listed_and_cancelled(account: Account) -> None:
    done = imported(account, a_file(10))
    with account.opened() as log, log.database.locked(CHANGES):  # so that no process begins
        waits = account.imported(a_file(20))
        listed = account.items("/imports")
        assert [(each["id"], each["status"]) for each in listed] == [
            (waits, "running"),
            (done, "done"),
        ]
        undo = account.post(f"/imports/{waits}/undo")
        assert (undo.status_code, undo.json()["type"]) == (409, "/problems/conflict")
        assert account.admin.delete(f"{account.base}/imports/{waits}").status_code == 204
    again = account.admin.delete(f"{account.base}/imports/{waits}")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    assert account.admin.delete(f"{account.base}/imports/nothing").status_code == 404
    assert account.get(f"/imports/{waits}").json()["status"] == "cancelled"
    assert account.uploads() == set()


def test_a_dry_run_is_not_undone(account: Account) -> None:
    counted = account.imported(a_file(10), dry_run="true")
    ended(account, counted)
    refused = account.post(f"/imports/{counted}/undo")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")


def test_one_that_was_cancelled_goes_on_when_it_is_begun_again(account: Account) -> None:
    import_id = imported(account, a_file(ROWS))
    first = account.post(f"/imports/{import_id}/undo").json()["id"]
    cancelled = account.admin.delete(f"{account.base}/jobs/{first}").status_code == 204
    if not cancelled:  # it was quicker
        check_gone(account, import_id, first)
        return
    part = account.ended(f"/jobs/{first}")["result"]["reversed"]
    job = account.post(f"/imports/{import_id}/undo").json()["id"]
    result = account.ended(f"/jobs/{job}")["result"]
    rows = account.get(f"/imports/{import_id}").json()["rows"]
    assert result["reversed"] + part == rows["created"] + rows["merged"]
    assert account.rows()["records"] == 0


@pytest.mark.parametrize(
    ("rows", "kills"), [(1_000, 1), pytest.param(MANY_ROWS, 10, marks=pytest.mark.heavy)]
)
def test_one_whose_process_is_killed_goes_on(account: Account, rows: int, kills: int) -> None:
    for number in OTHERS:  # rows will join them
        said = {"name": "Other", "phones": [f"+1319{2_200_000 + number}"]}
        account.made("/contacts", said, "contact_id")
    for number in (OTHERS[0], OTHERS[-1] + 1):  # a row will hold the second, too
        account.call(f"+1319{2_200_000 + number}")
    before = everything(account)
    import_id = imported(account, a_file(rows))
    assert account.get(f"/imports/{import_id}").json()["rows"]["merged"] > len(OTHERS)
    job = account.post(f"/imports/{import_id}/undo").json()["id"]
    for kill in range(1, kills + 1):
        while (found := account.get(f"/jobs/{job}").json())["status"] == "running" and (
            found["progress"]["done"] < kill * rows / (kills + 2)
        ):
            time.sleep(0.03)
        for process in jobs_of(account.service):
            os.kill(process, signal.SIGKILL)
    check_gone(account, import_id, job, others=len(OTHERS))
    assert everything(account) == before
