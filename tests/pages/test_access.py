"""Who may see and do what on the pages: for every page and form, by every role.

The table is written by hand from "Who may do what" of the rules.
"""

from collections.abc import Iterator

import pytest

from infrastructure.web.pages import PAGES
from tests.pages.browser import session_of, session_with, visiting
from tests.pages.things import Things, filled
from tests.web.service import OPERATOR_KEY, Account, Service

ADMIN = {"admin"}
EDIT = ADMIN | {"agent"}
READ = EDIT | {"auditor"}
KEYS = ADMIN | {"operator"}
ROLES = ["admin", "agent", "auditor", "operator"]

TABLE: dict[str, set[str]] = {
    "GET ": READ,
    "POST /settle": ADMIN,
    "GET /contacts": READ,
    "GET /contacts/export": READ,
    "GET /contacts/new": EDIT,
    "POST /contacts/new": EDIT,
    "GET /contacts/{contact_id}": READ,
    "GET /contacts/{contact_id}/edit": EDIT,
    "POST /contacts/{contact_id}/edit": EDIT,
    "GET /contacts/{contact_id}/delete": EDIT,
    "POST /contacts/{contact_id}/delete": EDIT,
    "POST /contacts/{contact_id}/restore": EDIT,
    "GET /contacts/{contact_id}/other": READ,
    "GET /contacts/{contact_id}/other/{other_id}": READ,
    "POST /contacts/{contact_id}/other/{other_id}/merge": ADMIN,
    "POST /contacts/{contact_id}/other/{other_id}/separate": ADMIN,
    "GET /calls": READ,
    "GET /calls/{call_id:path}/assign": READ,
    "POST /calls/{call_id:path}/assign": EDIT,
    "GET /imports": READ,
    "POST /imports": ADMIN,
    "GET /imports/{import_id}": READ,
    "POST /imports/{import_id}/again": ADMIN,
    "POST /imports/{import_id}/go": ADMIN,
    "POST /imports/{import_id}/cancel": ADMIN,
    "POST /imports/{import_id}/undo": ADMIN,
    "GET /imports/{import_id}/rejected.csv": READ,
    "GET /imports/{preview_id}/joins.csv": READ,
    "GET /imports/{import_id}/mend": ADMIN,
    "POST /imports/{import_id}/mend": ADMIN,
    "GET /conflicts": READ,
    "GET /merges": READ,
    "GET /merges/{merge_id}": READ,
    "POST /merges/{merge_id}/undo": ADMIN,
    "POST /merges/undo": ADMIN,
    "GET /settings": READ,
    "POST /settings": ADMIN,
    "POST /settings/share": ADMIN,
    "POST /settings/unshare": ADMIN,
    "POST /settings/take-back": ADMIN,
    "GET /live": READ,
    "GET /keys": KEYS,
    "POST /keys": KEYS,
    "POST /keys/{key_id}/revoke": KEYS,
}
OF_ALL = {
    *(
        "GET /",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-out",
        "GET /accounts",
        "POST /accounts",
    ),
    "GET /static/{version}/{name}",
}


class Visitors:
    """Somebody of each role who is signed in."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.things = filled(account)
        sessions = {role: session_of(account, role) for role in ROLES if role != "operator"}
        sessions["operator"] = session_with(account.service, OPERATOR_KEY)
        self.clients = {
            role: visiting(account.service, session) for role, session in sessions.items()
        }

    def path(self, page: str, things: Things | None = None) -> str:
        """The path of a page, with ids of existing things."""
        known = things or self.things
        filled_in = page.replace(":path", "").format(
            contact_id=known.contact,
            other_id=known.other,
            call_id=known.call,
            import_id=known.import_id,
            preview_id=known.preview,
            merge_id=known.merge,
            key_id="nothing",
        )
        return f"/accounts/{self.account.name}{filled_in}"


@pytest.fixture(scope="module")
def visitors(service: Service) -> Iterator[Visitors]:
    visitors = Visitors(service.account())
    yield visitors
    for each in visitors.clients.values():
        each.close()


def test_the_table_has_every_page() -> None:
    prefix = "/accounts/{account}"
    routes = {
        f"{method} {route.path}"
        for router in PAGES
        for route in router.routes
        for method in route.methods - {"HEAD"}
    }
    named = {each.replace(" ", f" {prefix}", 1) for each in TABLE}
    assert routes == named | OF_ALL


@pytest.mark.parametrize("page", [each for each in TABLE if each.startswith("GET")])
def test_only_these_roles_see_it(visitors: Visitors, page: str) -> None:
    path = visitors.path(page.removeprefix("GET "))
    for role, client in visitors.clients.items():
        with client.stream("GET", path) as answer:  # one of them does not end
            assert answer.status_code == (200 if role in TABLE[page] else 403), role
            if answer.status_code == 403:
                assert "You may not do this" in answer.read().decode()


@pytest.mark.parametrize("page", [each for each in TABLE if each.startswith("POST")])
def test_only_these_roles_send_it(visitors: Visitors, page: str) -> None:
    path = visitors.path(page.removeprefix("POST "))
    before = visitors.account.position()
    for role in sorted(set(ROLES) - TABLE[page]):
        assert visitors.clients[role].post(path, data={"name": "x"}).status_code == 403, role
    # Nobody's form counts that another site sent, whatever their role.
    for origin in ("https://elsewhere.test", "null", ""):
        client = visitors.clients["admin"]
        assert client.post(path, data={"name": "x"}, headers={"Origin": origin}).status_code == 403
    assert visitors.account.position() == before


@pytest.mark.parametrize("page", TABLE)
def test_who_is_not_signed_in_is_led_to_signing_in(visitors: Visitors, page: str) -> None:
    method, _, path = page.partition(" ")
    for session in (None, "not one of ours"):
        with visiting(visitors.account.service, session) as client:
            answer = client.request(
                method, visitors.path(path), data={"name": "x"} if method == "POST" else None
            )
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("page", [each for each in TABLE if "{" in each])
def test_things_of_another_account_are_not_there(visitors: Visitors, page: str) -> None:
    method, _, path = page.partition(" ")
    if "key_id" in page:
        path = path.format(
            key_id=visitors.account.made("/keys", {"role": "agent", "name": "A"}, "id")
        )
    stranger = visitors.account.another()
    session = session_of(stranger, "admin")
    own = f"/accounts/{stranger.name}"
    there = visitors.path(path)
    before = visitors.account.position()
    with visiting(stranger.service, session) as client:
        for place in (there, there.replace(f"/accounts/{visitors.account.name}", own)):
            data = {"name": "x", "contact": visitors.things.contact} if method == "POST" else None
            assert client.request(method, place, data=data).status_code == 404, place
    assert visitors.account.position() == before
