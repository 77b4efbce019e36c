"""Keys are made, listed and revoked on the command line, beside a service that runs."""

from pathlib import Path

import pytest

from tests.acceptance.command_line import Answer, Program
from tests.web.service import Account


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def keys(program: Program, account: Account, *options: str) -> Answer:
    where = ("--store", account.service.place.url, "--account", account.name)
    return program.run_alone("keys", *where, *options)


def test_one_that_is_made_opens_the_service_until_it_is_revoked(
    program: Program, account: Account
) -> None:
    made = keys(program, account, "--add", "auditor", "--name", " Ann ")
    (key,) = made.lines
    client = account.service.client(key)
    assert client.get(f"{account.base}/contacts").status_code == 200
    assert client.post(f"{account.base}/contacts", json={}).status_code == 403
    (_, listed) = keys(program, account, "--json").document["items"]
    assert (listed["role"], listed["name"]) == ("auditor", "Ann")
    assert made.err == f"key {listed['id']}, auditor: it is shown this once\n"
    assert key not in keys(program, account).out
    revoked = keys(program, account, "--revoke", listed["id"], "--json").document
    assert revoked == {"revoked": listed["id"]}
    assert client.get(f"{account.base}/contacts").status_code == 401
    keys(program, account, "--revoke", listed["id"]).refuses(f"there is no key `{listed['id']}`")
    assert len(keys(program, account).lines) == 1


def test_one_of_an_integration_names_it(program: Program, account: Account) -> None:
    options = ("--add", "integration", "--name", "Sync", "--integration", "hubspot")
    made = keys(program, account, *options, "--json").document
    record = {"records": [{"kind": "lead", "external_id": "1", "phones": []}]}
    client = account.service.client(made["key"])
    for name, status in (("hubspot", 200), ("salesforce", 403)):
        path = f"{account.base}/integrations/{name}/records"
        assert client.post(path, json=record).status_code == status


REFUSED: list[tuple[list[str], str, int]] = [
    (["--add", "agent"], "--add needs --name", 2),
    (["--add", "owner", "--name", "Ann"], "'--add': 'owner'", 2),
    (["--name", "Ann"], "--name and --integration go with --add", 2),
    (["--add", "agent", "--name", "A", "--revoke", "x"], "cannot be combined", 2),
    (["--add", "agent", "--name", " "], "name: is blank", 1),
    (["--add", "agent", "--name", "a\x1b[2J"], "name: contains a control character", 1),
    (["--add", "agent", "--name", "a" * 101], "name: is too long: the limit is 100", 1),
    (["--add", "integration", "--name", "A"], "integration: must be given for the role", 1),
    (["--add", "agent", "--name", "A", "--integration", "h"], "integration: must be given", 1),
    (
        ["--add", "integration", "--name", "A", "--integration", "Hub Spot"],
        "integration: must match the pattern",
        1,
    ),
]


def test_the_rules_are_those_of_the_service(program: Program, account: Account) -> None:
    for options, said, status in REFUSED:
        keys(program, account, *options).refuses(said, status=status)
    assert len(keys(program, account, "--json").document["items"]) == 1


def test_another_account_is_refused_and_nothing_is_made(program: Program, tmp_path: Path) -> None:
    program.run_alone("keys", "--store", f"sqlite:{tmp_path / 'new'}").refuses(
        "account `default` does not exist"
    )
    assert not (tmp_path / "new").exists()
