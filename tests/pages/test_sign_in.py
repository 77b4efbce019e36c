"""Signing in: with a key or a link, for how long, and what ends it."""

import re
from contextlib import closing
from datetime import timedelta

import pytest

from infrastructure.bootstrap import open_store_and_keys, the_time
from infrastructure.sign_ins import LASTS, LINK_LASTS
from tests.pages.browser import session_of, visiting
from tests.stores import Place, new_place
from tests.web.service import OPERATOR_KEY, Account, Service, running


def is_signed_in(account: Account, session: str) -> bool:
    with visiting(account.service, session) as visitor:
        return visitor.get(f"/accounts/{account.name}").status_code == 200


def test_the_cookie_is_for_this_service_and_its_pages_alone(account: Account) -> None:
    with visiting(account.service) as visitor:
        answer = visitor.post("/sign-in", data={"key": account.key("agent"), "next": "/x"})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {each.strip() for each in cookie.split(";")}
    assert "Secure" not in cookie  # on this machine itself there is no TLS
    assert f"Max-Age={int(LASTS.total_seconds())}" in cookie
    assert answer.headers["location"] == "/x"


def test_beyond_this_machine_the_cookie_needs_tls(account: Account) -> None:
    headers = {"Host": "contacts.example", "Origin": "https://contacts.example"}
    with visiting(account.service) as visitor:
        form = {"key": account.key("agent")}
        answer = visitor.post("/sign-in", data=form, headers=headers)
    assert "Secure" in answer.headers["set-cookie"]


def test_signing_in_over_a_network_without_tls_is_refused_in_words(account: Account) -> None:
    headers = {"Host": "contacts.example", "Origin": "http://contacts.example"}
    with visiting(account.service) as visitor:
        form = {"key": account.key("agent")}
        answer = visitor.post("/sign-in", data=form, headers=headers)
    assert (answer.status_code, "needs https" in answer.text) == (403, True)


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "x", "/\n/x"]
)
def test_it_leads_nowhere_else(account: Account, elsewhere: str) -> None:
    with visiting(account.service) as visitor:
        form = {"key": account.key("agent"), "next": elsewhere}
        assert visitor.post("/sign-in", data=form).headers["location"] == "/"


@pytest.mark.parametrize("key", ["", "cm_wrong", "x" * 3_000, "\ud7ff", "é"])
def test_a_wrong_key_is_told_on_the_page(service: Service, key: str) -> None:
    with visiting(service) as visitor:
        answer = visitor.post("/sign-in", data={"key": key})
    assert answer.status_code == 401
    assert "This is not a valid key" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_large_form_is_not_read(service: Service) -> None:
    with visiting(service) as visitor:
        assert visitor.post("/sign-in", data={"key": "x" * 10_000}).status_code == 413


def test_signing_out_ends_it(account: Account) -> None:
    session = session_of(account, "admin")
    assert is_signed_in(account, session)
    with visiting(account.service, session) as visitor:
        assert visitor.post("/sign-out").headers["location"] == "/sign-in"
    assert not is_signed_in(account, session)


def test_it_ends_with_its_key(account: Account) -> None:
    made = account.post("/keys", {"role": "admin", "name": "Ann"}).json()
    with visiting(account.service) as visitor:
        session = visitor.post("/sign-in", data={"key": made["key"]}).cookies["session"]
    assert is_signed_in(account, session)
    account.admin.delete(f"{account.base}/keys/{made['id']}").raise_for_status()
    assert not is_signed_in(account, session)


def test_it_ends_with_its_account(account: Account) -> None:
    session = session_of(account, "admin")
    account.service.operator.delete(account.base).raise_for_status()
    body = {"id": account.name, "default_region": "US"}
    account.service.operator.post("/v1/accounts", json=body).raise_for_status()
    assert not is_signed_in(account, session)


def test_it_ends_by_itself(place: Place) -> None:
    now = the_time()
    store = open_store_and_keys(place.url, OPERATOR_KEY, lambda: now)
    with closing(store.accounts):
        session = store.sign_ins.begin(OPERATOR_KEY)
        operator = store.keys.operator_before_admins()
        assert session is not None
        assert operator is not None
        link = store.sign_ins.link(operator)
        now += LINK_LASTS
        assert store.sign_ins.caller(session) is not None
        now += timedelta(seconds=1)
        assert store.sign_ins.begin_by_link(link) is None
        now += LASTS
        assert store.sign_ins.caller(session) is None


def test_a_link_of_a_new_service_signs_the_operator_in_once() -> None:
    with new_place("sqlite") as place, running(place) as service:
        link = link_of(service)
        with visiting(service) as visitor:
            page = visitor.get(link)
            assert (page.status_code, "set-cookie" in page.headers) == (200, False)
            form = {"link": link.partition("=")[2]}
            answer = visitor.post("/sign-in", data=form)
            assert answer.headers["location"] == "/"
            assert visitor.get("/").headers["location"] == "/accounts"
            again = visitor.post("/sign-in", data=form)
            assert (again.status_code, "does not work any more" in again.text) == (401, True)
        service.account()  # which has an admin's key
        with running(place) as restarted:
            assert "Sign in as the operator" not in restarted.log.read_text(encoding="utf-8")


def link_of(service: Service) -> str:
    """The link that the service printed before its log."""
    told = re.search(r"/sign-in\?link=[\w-]+", service.log.read_text(encoding="utf-8"))
    assert told is not None
    return told[0]
