"""The undo of a merge that touches much is a job, and others go on meanwhile."""

import os
import signal
import time

import pytest

from infrastructure.jobs.carry_out import CHANGES
from tests.web.service import Account
from tests.web.test_imports import jobs_of

MANY = 1_200


def large_merge(account: Account, records: int = MANY) -> tuple[str, str, str]:
    """Merge two contacts with so many records together. Returns the ids of the merge and both."""
    ids = []
    for area, some in (("319", records - 100), ("515", 100)):
        lines = "".join(f"Person {row},+1{area}5550100\n" for row in range(some))
        job = account.imported(f"Name,Phone\n{lines}")
        assert account.ended(f"/jobs/{job}")["status"] == "done"
        (contact,) = account.get("/contacts", phone=f"+1{area}5550100").json()["items"]
        ids.append(contact["id"])
    return account.made(f"/contacts/{ids[0]}/merges", {"absorb": ids[1]}, "id"), ids[0], ids[1]


def check_undone(account: Account, job_id: str, survivor: str, absorbed: str) -> None:
    """Check that both contacts are there again, each with what was its own."""
    job = account.ended(f"/jobs/{job_id}")
    assert (job["kind"], job["status"], job["error"]) == ("undo", "done", None)
    assert job["result"] == {"restored": [absorbed]}
    assert job["progress"]["done"] == job["progress"]["total"] > MANY
    for contact_id, phone in ((survivor, "+13195550100"), (absorbed, "+15155550100")):
        contact = account.get(f"/contacts/{contact_id}").json()
        assert [each["value"] for each in contact["phones"]] == [phone]
    with account.opened() as log:
        assert log.verify().problems == ()


def test_it_is_accepted_and_ends_as_the_undo_of_a_small_one_does(account: Account) -> None:
    merge, survivor, absorbed = large_merge(account)
    accepted = account.post(f"/merges/{merge}/undo", Idempotency_Key="once")
    job = accepted.json()["id"]
    assert (accepted.status_code, accepted.json()) == (202, {"id": job, "status": "running"})
    assert accepted.headers["location"] == f"{account.base}/jobs/{job}"
    check_undone(account, job, survivor, absorbed)
    again = account.post(f"/merges/{merge}/undo", Idempotency_Key="once")
    assert (again.status_code, again.content) == (202, accepted.content)
    anew = account.post(f"/merges/{merge}/undo")
    assert (anew.status_code, anew.json()["type"]) == (409, "/problems/conflict")


def test_others_write_meanwhile_and_a_second_request_gets_the_same_job(account: Account) -> None:
    merge, survivor, absorbed = large_merge(account)
    with account.opened() as log, log.database.locked(CHANGES):  # so that no process begins
        job = account.post(f"/merges/{merge}/undo").json()["id"]
        assert account.post(f"/merges/{merge}/undo").json()["id"] == job
        call = account.call("+15155550100")
    check_undone(account, job, survivor, absorbed)
    assert account.get(f"/calls/{call}").json()["contact_id"] == absorbed


def test_one_that_is_cancelled_changes_nothing(account: Account) -> None:
    merge, survivor, absorbed = large_merge(account)
    with account.opened() as log, log.database.locked(CHANGES):
        job = account.post(f"/merges/{merge}/undo").json()["id"]
        assert account.admin.delete(f"{account.base}/jobs/{job}").status_code == 204
    assert account.get(f"/contacts/{absorbed}").json()["id"] == survivor
    assert account.post(f"/merges/{merge}/undo").json()["id"] != job


@pytest.mark.heavy
def test_one_whose_process_is_killed_begins_again(account: Account) -> None:
    merge, survivor, absorbed = large_merge(account, 4 * MANY)
    job = account.post(f"/merges/{merge}/undo").json()["id"]
    while account.get(f"/jobs/{job}").json()["progress"]["done"] == 0:
        time.sleep(0.01)
    for process in jobs_of(account.service):
        os.kill(process, signal.SIGKILL)
    assert account.get(f"/jobs/{job}").json()["status"] == "running"
    check_undone(account, job, survivor, absorbed)
