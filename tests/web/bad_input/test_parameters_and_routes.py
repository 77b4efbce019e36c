"""Parameters, cursors, keys of requests and routes that are wrong are refused by name."""

import json
from base64 import b64decode

import httpx
import pytest

from application.cursors import to_cursor
from tests.web.bad_input.sending import PERSON, Quiet, check_refused
from tests.web.service import Account, Service, problem

QUERIES = [
    ("/contacts?limit=0", "limit", "must be at least 1"),
    ("/contacts?limit=1001", "limit", "must be at most 1000"),
    ("/contacts?limit=many", "limit", "must be a whole number"),
    ("/contacts?status=gone", "status", "must be 'live' or 'deleted'"),
    (
        "/contacts?status=deleted&kind=lead",
        "status",
        "`deleted` cannot be combined with q, phone, email or kind",
    ),
    ("/contacts?kind=company", "kind", "must be 'contact' or 'lead'"),
    ("/contacts?phone=n/a", "phone", "`n/a` is not a valid phone number"),
    ("/contacts?email=mary", "email", "`mary` is not a valid email address"),
    ("/contacts?phone=%2B13195554929&email=a@b.test", "email", None),
    ("/contacts?q=a", "q", "must have at least two characters"),
    ("/contacts?q=ma%00ry", "q", "contains a NUL character"),
    ("/merges?contact=%00", "contact", "contains a NUL character"),
    ("/exports?integration=hub%00spot", "integration", "contains a NUL character"),
    ("/explanations?a={contact}&b=%00", "b", "contains a NUL character"),
    ("/events?after=-1", "after", "must be at least 0"),
    ("/events?after=9223372036854775808", "after", "must be at most 9223372036854775807"),
    (f"/events?after={'9' * 5_000}", "after", "is too large"),
    ("/events/stream?after=x", "after", "must be a whole number"),
    ("/exports?after=1.5", "after", "must be a whole number"),
    ("/explanations?a={contact}", "b", "is missing"),
]


class TestReading:
    @pytest.mark.parametrize(("query", "field", "reason"), QUERIES)
    def test_a_parameter_that_is_wrong_is_named(
        self, quiet: Quiet, query: str, field: str, reason: str | None
    ) -> None:
        answer = quiet.send(f"GET {query}")
        check_refused(answer, field, reason or answer.json()["errors"][0]["reason"])
        assert answer.json()["errors"][0]["location"] == "query"

    @pytest.mark.parametrize("given", ["x", "-1", "1.5", "9" * 19, "9" * 5_000, "²".encode()])
    def test_a_stream_goes_on_from_no_id_that_is_none(
        self, quiet: Quiet, given: str | bytes
    ) -> None:
        answer = quiet.send("GET /events/stream", headers={"last-event-id": given})
        check_refused(answer, "Last-Event-ID", "is not a valid position")
        assert answer.json()["errors"][0]["location"] == "header"

    def test_texts_that_nobody_has_find_nobody(self, quiet: Quiet) -> None:
        for q in ("%ED%A0%80%ED%A0%80", "%FF%FE", "x" * 10_000, "%00%00%00x", "%25%25", "*-"):
            answer = quiet.send(f"GET /contacts?q={q}")
            assert answer.status_code in {200, 422}
            assert answer.status_code == 422 or answer.json() == {"items": [], "next": None}

    def test_an_id_that_cannot_be_is_missing(self, quiet: Quiet) -> None:
        for given in ("%00", "%ED%A0%80", "x" * 20_000, "..%2f..%2fkeys.sqlite3", "' OR 1=1 --"):
            for things in ("contacts", "merges", "imports", "calls", "messages"):
                answer = quiet.send(f"GET /{things}/{given}")
                assert problem(answer) == (404, "not-found")
            account = f"//v1/accounts/{given}/contacts"
            assert problem(quiet.send(f"GET {account}")) == (404, "not-found")


RULES = ("email", "never", "phone")


class TestCursors:
    @pytest.fixture(scope="class")
    @classmethod
    def lists(cls, service: Service) -> tuple[Account, dict[str, str]]:
        """An account, and for each of its lists the cursor of the second page."""
        account = service.account()
        contact = account.contact()
        body = {"phones": ["+13195550100"], "name": "Person of a conflict"}
        for _ in range(3):
            account.post("/contacts", body).raise_for_status()
            account.made(f"/contacts/{contact}/merges", {"absorb": account.contact()}, "id")
            account.call(account.get(f"/contacts/{contact}").json()["phones"][0]["value"])
            account.message()
            account.key("agent")
            account.deleted()
            rules = {"integration_leads": "phone", "integration_contacts": RULES[_]}
            account.admin.put(f"{account.base}/merge-settings", json=rules).raise_for_status()
            account.admin.patch(f"{account.base}/contacts/{contact}", json={"name": str(_)})
        paths = (
            "/contacts",
            "/contacts?q=person",
            "/contacts?status=deleted",
            "/merge-settings/history",
            f"/contacts/{contact}/records",
            f"/contacts/{contact}/absorbed",
            f"/contacts/{contact}/history",
            f"/contacts/{contact}/activities",
            "/merges",
            "/conflicts",
            "/calls",
            "/messages",
            "/keys",
        )
        found = {path: account.get(path, **params(path), limit=1).json()["next"] for path in paths}
        assert None not in found.values()
        return account, found

    def test_one_of_another_list_is_refused(self, lists: tuple[Account, dict[str, str]]) -> None:
        account, cursors = lists
        for path in cursors:
            for other, cursor in cursors.items():
                answer = account.get(path, **params(path), cursor=cursor)
                if path == other:
                    assert answer.status_code == 200
                else:
                    check_refused(answer, "cursor", f"`{cursor[:60]}` is not a cursor of this list")

    def test_one_that_is_none_is_refused(
        self, lists: tuple[Account, dict[str, str]], service: Service
    ) -> None:
        account, cursors = lists
        for cursor in ("", "x", "\0", "\u2603", "1", "W10", "x" * 5_000, "bnVsbA", "e30"):
            reason = f"`{cursor[:60]}` is not a cursor of this list"
            for path in cursors:
                answer = account.get(path, **params(path), cursor=cursor)
                check_refused(answer, "cursor", reason)
            accounts = service.operator.get("/v1/accounts", params={"cursor": cursor})
            check_refused(accounts, "cursor", reason)

    def test_one_with_a_nul_byte_is_refused(self, lists: tuple[Account, dict[str, str]]) -> None:
        account, cursors = lists
        for path, cursor in cursors.items():
            items, place = json.loads(b64decode(cursor + "==", b"-_"))
            worse = ["\0" if isinstance(each, str) else each for each in place]
            if worse != place:
                given = to_cursor(items, *worse)
                answer = account.get(path, **params(path), cursor=given)
                check_refused(answer, "cursor", f"`{given[:60]}` is not a cursor of this list")

    def test_one_of_another_account_shows_nothing_of_that_account(
        self, lists: tuple[Account, dict[str, str]], quiet: Quiet
    ) -> None:
        account, cursors = lists
        theirs = {each["id"] for each in account.items("/contacts")}
        for path in ("/contacts", "/merges", "/calls", "/conflicts"):
            page = quiet.account.get(path, cursor=cursors[path]).json()
            assert not [each for each in page["items"] if each.get("id") in theirs]


def params(path: str) -> dict[str, str]:
    """The query of a path, which parameters would replace."""
    return dict(httpx.URL(path).params)


class TestRoutes:
    @pytest.mark.parametrize(
        "path", ["//nothing", "//v1", "//v2/accounts", "/nothing", "/contacts/", "/contacts/x/y"]
    )
    def test_an_unknown_one_is_not_found(self, quiet: Quiet, path: str) -> None:
        assert problem(quiet.send(f"GET {path}")) == (404, "not-found")

    @pytest.mark.parametrize(
        ("request_", "allowed"),
        [
            ("DELETE /contacts", "GET, POST"),
            ("PUT /contacts/{contact}", "DELETE, GET, PATCH"),
            ("POST /merge-settings", "GET, PUT"),
            ("PATCH /merges", "GET"),
            ("DELETE //v1/accounts", "GET, POST"),
            ("POST //healthz", "GET"),
            ("OPTIONS /contacts", "GET, POST"),
        ],
    )
    def test_an_unknown_method_is_not_allowed(
        self, quiet: Quiet, request_: str, allowed: str
    ) -> None:
        answer = quiet.send(request_)
        assert problem(answer) == (405, "method-not-allowed")
        assert answer.headers["allow"] == allowed

    @pytest.mark.parametrize("key", ["", "x" * 256, "ä".encode(), "\xe4".encode("latin-1")])
    def test_an_idempotency_key_that_is_none_is_refused(
        self, quiet: Quiet, key: str | bytes
    ) -> None:
        answer = quiet.send("POST /contacts", PERSON, headers={"idempotency-key": key})
        assert problem(answer) == (422, "invalid")
        (error,) = answer.json()["errors"]
        assert (error["field"], error["location"]) == ("Idempotency-Key", "header")
