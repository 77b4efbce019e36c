"""A contact of many thousands of calls: merged and deleted at a bounded cost under the lock."""

import time
from contextlib import closing

import pytest

from application.commands.link_activities import take_activity
from domain.activities import Call
from domain.identifiers import ContactPoint
from tests.attack.test_large_contacts import cost_once, floor
from tests.messages import JOHN, MARY, NOON
from tests.stores import Kind, Place, new_place
from tests.web.service import Account, running

CALLS = 50_000
AT_ONCE = 5_000
MOST_MERGED = 20
"""How many times the yardstick a merge may cost that takes all calls along."""
MOST_DELETED = 4
"""How many times a deletion with two thousand calls one with very many may cost."""
OF_ANY = 0.1
"""Seconds, in which a busy system may count something else."""
PATIENCE = 60.0


def with_calls(place: Place, account: Account, number: str, calls: int) -> str:
    """Enter a contact, whose number is called so often. Returns its id."""
    contact = account.contact_named(f"Person of {number}", number)
    point = ContactPoint(number, number)
    call = Call(direction="inbound", number=point, status="answered", started_at=NOON)
    with closing(place.open(account.name)) as log:
        for first in range(0, calls, AT_ONCE):
            with log.writing() as work:
                for each in range(first, min(first + AT_ONCE, calls)):
                    take_activity(
                        work, call, activity_id=f"{number} {each}", lead_id=work.new_id(), by="x"
                    )
    return contact


@pytest.mark.alone
@pytest.mark.heavy
def test_it_stays_usable(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    with new_place(kind) as place, running(place) as service:
        account = service.account()
        few, many = (with_calls(place, account, *each) for each in ((MARY, 2_000), (JOHN, CALLS)))
        survivor = account.contact()

        def merged() -> None:
            account.made(f"/contacts/{survivor}/merges", {"absorb": many}, "id")

        def deleted(contact: str) -> None:
            account.admin.delete(f"{account.base}/contacts/{contact}").raise_for_status()

        yardstick = min(floor(CALLS) for _ in range(5))
        costs = {
            "merged": cost_once(account, merged),
            "few deleted": cost_once(account, lambda: deleted(few)),
        }
        wait_for_jobs(account)
        costs["many deleted"] = cost_once(account, lambda: deleted(survivor))
        assert account.get("/jobs").json()["items"][0]["progress"]["total"] == CALLS - 1_000
        wait_for_jobs(account)
        left = account.get(f"/contacts/{many}/activities").json()["items"]
        (lead,) = account.get("/contacts", phone=JOHN, kind="lead").json()["items"]
        there = account.get(f"/contacts/{lead['id']}/activities").json()["items"]
    with capsys.disabled():
        print(f"{kind}, {CALLS} calls, read as JSON in {yardstick * 1000:.0f} ms: {costs}")  # noqa: T201
    assert (left, bool(there)) == ([], True)
    assert costs["merged"] <= OF_ANY + MOST_MERGED * yardstick
    assert costs["many deleted"] <= OF_ANY + MOST_DELETED * costs["few deleted"]


def wait_for_jobs(account: Account) -> None:
    """Wait until the service has done every job."""
    until = time.monotonic() + PATIENCE
    while any(each["status"] == "running" for each in account.get("/jobs").json()["items"]):
        assert time.monotonic() < until
        time.sleep(0.1)
