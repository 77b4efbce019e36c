"""Jobs are listed, followed and cancelled, however they were started."""

import pytest

from application.documents.jobs import speed_document
from tests.many_processes.servers import IS_WORKER, children, command_of
from tests.web.service import Account
from tests.web.test_imports import a_file, ended, has_begun


def test_an_import_is_a_job(account: Account) -> None:
    import_id = account.imported(a_file(200))
    ended(account, import_id)
    job = account.get(f"/jobs/{import_id}").json()
    assert (job["id"], job["kind"], job["status"]) == (import_id, "import", "done")
    progress = {"done": 200, "total": 200, "rate": None, "seconds_left": None}
    assert job["progress"] == progress
    assert job["result"] == {
        "created": 178,
        "merged": 20,
        "updated": 0,
        "unchanged": 0,
        "rejected": 2,
    }
    assert job["error"] is None
    assert job["by"].endswith(", import people.csv")
    assert job["begun_at"] < job["ended_at"]
    assert account.get("/jobs").json() == {"items": [job], "next": None}


def test_jobs_are_listed_newest_first_page_by_page(account: Account) -> None:
    jobs = [account.job_that_waits() for _ in range(5)]
    assert [each["id"] for each in account.items("/jobs", limit=2)] == jobs[::-1]
    assert account.get("/jobs", cursor="none").status_code == 422


def test_one_that_is_cancelled_keeps_what_it_has_done(account: Account) -> None:
    import_id = account.imported(a_file(30_000))
    has_begun(account, import_id)
    assert account.admin.delete(f"{account.base}/jobs/{import_id}").status_code == 204
    rows = account.get(f"/imports/{import_id}").json()["rows"]
    assert 0 < rows["read"] < 30_000
    next_id = account.imported(a_file(100))  # which waits until nobody is at the other
    ended(account, next_id)
    found = account.get(f"/imports/{import_id}").json()
    assert (found["status"], found["rows"]) == ("cancelled", rows)
    assert account.rows()["records"] == rows["created"] + rows["merged"]
    assert account.uploads() == set()


def test_one_that_has_ended_or_is_not_there_is_not_cancelled(account: Account) -> None:
    job = account.job_that_waits()
    path = f"{account.base}/jobs/{job}"
    assert account.admin.delete(path).status_code == 204
    again = account.admin.delete(path)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    assert again.json()["detail"] == f"job `{job}` has ended: it is cancelled"
    assert account.admin.delete(f"{account.base}/jobs/none").status_code == 404
    assert account.get("/jobs/none").status_code == 404
    assert account.get("/imports/none").status_code == 404


def test_a_warm_process_carries_out_one_job_after_the_other(account: Account) -> None:
    for rows in (100, 200):
        ended(account, account.imported(a_file(rows)))
    before = workers(account)
    for rows in (300, 400):
        ended(account, account.imported(a_file(rows)))
    assert workers(account) == before
    assert 1 <= len(before) <= 2


def workers(account: Account) -> set[int]:
    """The processes that carry out jobs for the service."""
    pid = account.service.process.pid
    return {each for each in children(pid) if IS_WORKER in command_of(each)}


@pytest.mark.parametrize(
    ("done", "total", "seconds", "rate", "left"),
    [
        (100, 400, 10.0, 10.0, 30),
        (100, 101, 8.0, 12.5, 1),
        (400, 400, 8.0, 50.0, 0),
        (100, None, 8.0, 12.5, None),
        (0, 400, 8.0, None, None),
    ],
)
def test_how_fast_it_goes_and_how_long_it_takes_still(
    done: int, total: int | None, seconds: float, rate: float | None, left: int | None
) -> None:
    speed = speed_document(done, total, seconds)
    assert (speed.rate, speed.seconds_left) == (rate, left)
