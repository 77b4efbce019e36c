"""Jobs are listed, followed and cancelled, however they were started."""

from tests.many_processes.servers import IS_WORKER, children, command_of
from tests.web.service import Account
from tests.web.test_imports import a_file, ended, has_begun


def test_an_import_is_a_job(account: Account) -> None:
    import_id = account.imported(a_file(200))
    ended(account, import_id)
    job = account.get(f"/jobs/{import_id}").json()
    assert (job["id"], job["kind"], job["status"]) == (import_id, "import", "done")
    assert job["progress"] == {"done": 200, "total": 200}
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
