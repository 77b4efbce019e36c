"""Versions: a client that has the current one gets 304, and a change of an old one is refused."""

import httpx
import pytest

from tests.web.service import Account

SETTINGS = {"integration_leads": "phone", "integration_contacts": "never"}
NO_VERSION = [
    'W/"1"',
    "1",
    '"1',
    '""',
    '"x"',
    '"-1"',
    '"²"',
    f'"{"9" * 5_000}"',
    '"1" "2"',
    "",
    ",",
]
"""None of these names a version: weak tags match nothing (RFC 9110)."""


class Thing:
    """A thing with a version: a contact or the settings."""

    def __init__(self, account: Account, name: str) -> None:
        self.account = account
        self.is_contact = name == "contact"
        self.path = f"/contacts/{account.contact()}" if self.is_contact else "/merge-settings"
        self._url = account.base + self.path

    def read(self, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.account.admin.get(self._url, headers=named)

    def change(self, to: str, **headers: str) -> httpx.Response:
        """Change it: `phone` and `email` give different states."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        named = httpx.Headers(given, encoding="utf-8")
        if self.is_contact:
            return self.account.admin.patch(self._url, json={"name": to}, headers=named)
        body = {**SETTINGS, "integration_leads": to}
        return self.account.admin.put(self._url, json=body, headers=named)


@pytest.fixture(params=["contact", "settings"])
def thing(request: pytest.FixtureRequest, account: Account) -> Thing:
    return Thing(account, request.param)


def check_stale(answer: httpx.Response) -> None:
    assert answer.status_code == 412, answer.text
    assert answer.json()["type"] == "/problems/stale"


class TestReading:
    def test_who_has_it_gets_it_not_again(self, thing: Thing) -> None:
        first = thing.read()
        tag = first.headers["etag"]
        for given in (tag, f"W/{tag}", f'"x", {tag}', f'"x",{tag}', "*"):
            again = thing.read(if_none_match=given)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag

    def test_who_has_another_version_gets_it(self, thing: Thing) -> None:
        first = thing.read()
        for given in ('"0"', '"x"', "", "1", first.headers["etag"].strip('"')):
            assert thing.read(if_none_match=given).content == first.content

    def test_a_change_makes_another_version(self, thing: Thing) -> None:
        tag = thing.read().headers["etag"]
        changed = thing.change("email")
        assert changed.headers["etag"] != tag
        read = thing.read(if_none_match=tag)
        assert (read.status_code, read.headers["etag"]) == (200, changed.headers["etag"])
        only_then = {"merges_resting_on_shared"}  # what the change of settings says besides
        of_change = {k: v for k, v in changed.json().items() if k not in only_then}
        assert read.json() == of_change


class TestChanging:
    def test_it_is_changed_at_the_version_that_was_read(self, thing: Thing) -> None:
        tag = thing.read().headers["etag"]
        second = thing.change("email", if_match=tag)
        assert second.status_code == 200
        third = thing.change("phone", if_match=f'"999", {second.headers["etag"]}')
        assert third.status_code == 200
        assert thing.change("never", if_match="*").status_code == 200
        assert thing.change("email").status_code == 200

    def test_not_at_an_older_version(self, thing: Thing) -> None:
        tag = thing.read().headers["etag"]
        thing.change("email").raise_for_status()
        before, position = thing.read().json(), thing.account.position()
        check_stale(thing.change("phone", if_match=tag))
        assert (thing.read().json(), thing.account.position()) == (before, position)

    @pytest.mark.parametrize("given", NO_VERSION)
    def test_not_at_what_is_no_version(self, thing: Thing, given: str) -> None:
        position = thing.account.position()
        check_stale(thing.change("email", if_match=given))
        assert thing.account.position() == position

    def test_what_changes_nothing_keeps_the_version(self, account: Account) -> None:
        settings = Thing(account, "settings")
        first = settings.change("email").headers["etag"]
        assert settings.change("email").headers["etag"] == first

    def test_of_two_who_read_the_same_one_changes_it(self, thing: Thing) -> None:
        tag = thing.read().headers["etag"]
        answers = [thing.change(to, if_match=tag).status_code for to in ("email", "never")]
        assert answers == [200, 412]


class TestContacts:
    def test_everything_that_changes_one_asks_for_its_version(self, account: Account) -> None:
        contact, other = account.contact(), account.contact()
        path = f"{account.base}/contacts/{contact}"
        stale = {"if-match": '"99"'}
        position = account.position()
        check_stale(account.admin.delete(path, headers=stale))
        merge = account.admin.post(f"{path}/merges", json={"absorb": other}, headers=stale)
        check_stale(merge)
        assert account.position() == position
        account.admin.delete(path, headers={"if-match": '"1"'}).raise_for_status()
        check_stale(account.admin.post(f"{path}/restoration", headers=stale))
        assert account.admin.post(f"{path}/restoration").status_code == 200

    def test_what_comes_from_elsewhere_is_another_version_too(self, account: Account) -> None:
        record = {"kind": "contact", "external_id": "1", "phones": ["+13195554929"]}
        sent = account.post("/integrations/hubspot/records", {"records": [record]}).json()
        path = f"/contacts/{sent['results'][0]['contact_id']}"
        tags = [account.get(path).headers["etag"]]
        again = {**record, "name": "Mary"}
        account.post("/integrations/hubspot/records", {"records": [again]}).raise_for_status()
        tags.append(account.get(path).headers["etag"])
        other = {**record, "external_id": "2", "name": "Mary M."}
        account.post("/integrations/hubspot/records", {"records": [other]}).raise_for_status()
        tags.append(account.get(path).headers["etag"])
        assert len(set(tags)) == 3

    def test_an_absorbed_id_has_the_version_of_its_survivor(self, account: Account) -> None:
        contact, other = account.contact(), account.contact()
        account.post(f"/contacts/{contact}/merges", {"absorb": other}).raise_for_status()
        tag = account.get(f"/contacts/{contact}").headers["etag"]
        assert account.get(f"/contacts/{other}").headers["etag"] == tag
        changed = account.admin.patch(
            f"{account.base}/contacts/{other}", json={"name": "Mary"}, headers={"if-match": tag}
        )
        assert changed.status_code == 200
