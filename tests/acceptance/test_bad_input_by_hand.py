"""Commands by hand that are refused: each gives one clear line, and nothing is written."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.acceptance.command_line import CommandLine, at
from tests.acceptance.test_calls_and_messages import call
from tests.messages import JOHN
from tests.stores import Kind, new_place

PEOPLE = "Name,Phone\nJohn,319-555-5677\nMary,319-555-0100\nGone,319-555-0177\n"
CALL = ("call", "--direction", "inbound", "--status", "answered", "--number", JOHN)
TEXT = ("message", "--direction", "inbound", "--number", JOHN)
NOON = "2024-05-01T12:00:00Z"


class People(NamedTuple):
    """An account with John, who absorbed J, with Mary and with one who is deleted; their ids."""

    cli: CommandLine
    ids: dict[str, str]

    def events(self) -> int:
        ((many,),) = self.cli.place.database("default").execute("SELECT count(*) FROM events")
        return int(many)


@pytest.fixture(scope="module")
def same_people(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Made once, since no test writes anything."""
    folder = tmp_path_factory.mktemp("people")
    with new_place(kind, folder / "store") as place:
        cli = at(place, folder)
        cli.imports(PEOPLE)
        cli.imports("Name,Phone\nJ,319-555-5677\n")
        john, mary, gone = cli.ids()
        cli.run("delete", gone)
        call(cli, JOHN, "--id", "c1", "--at", NOON)
        (merge,) = cli.run("merges", "--json").document["items"]
        ids = {"john": john, "j": merge["absorbed"], "mary": mary, "gone": gone}
        yield People(cli, ids | {"merge": merge["id"]})


@pytest.fixture
def people(same_people: People) -> Iterator[People]:
    """Nothing is written."""
    before = same_people.events()
    yield same_people
    assert same_people.cli.events() == before


REFUSED = {
    "undo of an unknown merge": (["undo", "nope"], "there is no merge `nope`"),
    "undo of what is a contact": (["undo", "{john}"], "`{john}` is a contact (J), not a merge"),
    "undo of what was absorbed": (["undo", "{j}"], "the merge that absorbed it is {merge}"),
    "a merge where a contact is wanted": (
        ["show", "{merge}"],
        "`{merge}` is a merge (J into John), not a contact; its contacts are {john} and {j}",
    ),
    "merging a contact with itself": (
        ["merge", "{john}", "{john}"],
        "`{john}` and `{john}` are already one contact",
    ),
    "merging with one it has absorbed": (
        ["merge", "{john}", "{j}"],
        "`{john}` and `{j}` are already one contact",
    ),
    "merging with a deleted one": (["merge", "{john}", "{gone}"], "contact `{gone}` is deleted"),
    "merging into a deleted one": (["merge", "{gone}", "{john}"], "contact `{gone}` is deleted"),
    "merging with an unknown one": (["merge", "{john}", "nope"], "there is no contact `nope`"),
    "separating what is one contact": (
        ["separate", "{john}", "{j}"],
        "`{john}` and `{j}` are one contact; undo their merge to separate them",
    ),
    "separating a contact from itself": (["separate", "{john}", "{john}"], "are one contact"),
    "separating from an unknown one": (["separate", "nope", "{j}"], "there is no contact `nope`"),
    "assigning an unknown call": (["assign", "nope", "{john}"], "there is no call `nope`"),
    "assigning to an unknown contact": (["assign", "c1", "nope"], "there is no contact `nope`"),
    "assigning to a deleted contact": (["assign", "c1", "{gone}"], "contact `{gone}` is deleted"),
    "editing an unknown contact": (
        ["edit", "nope", "--name", "J"],
        "there is no contact `nope`",
    ),
    "editing a deleted contact": (["edit", "{gone}", "--name", "J"], "`{gone}` is deleted"),
    "editing a stale version": (
        ["edit", "{john}", "--version", "1", "--name", "J"],
        "contact `{john}` has changed since you read it: it is now at version 2, not 1",
    ),
    "a name with a NUL byte": (
        ["edit", "{john}", "--name", "J\0"],
        "name: contains a NUL character",
    ),
    "a phone with a NUL byte": (
        ["edit", "{john}", "--phone", "1\0"],
        "phones[0]: contains a NUL character",
    ),
    "an attribute with a NUL byte": (
        ["edit", "{john}", "--set", "a=\0"],
        "attributes.a: contains a NUL",
    ),
    "an attribute that is too long": (
        ["edit", "{john}", "--set", f"a={'x' * 40_000}"],
        "attributes.a: is too long: 40000 characters, the limit is 32767",
    ),
    "deleting twice": (["delete", "{gone}"], "contact `{gone}` is deleted"),
    "deleting an unknown contact": (["delete", "nope"], "there is no contact `nope`"),
    "bringing back what is there": (["restore", "{j}"], "contact `{j}` is not deleted"),
    "bringing back an unknown contact": (["restore", "nope"], "there is no contact `nope`"),
    "a call in the future": ([*CALL, "--at", "2999-01-01T00:00:00Z"], "started_at: 2999-01-01T"),
    "a call long ago": ([*CALL, "--at", "1901-01-01T00:00:00Z"], "is before 1970"),
    "a call of negative length": (
        [*CALL, "--seconds", "-1"],
        "duration_seconds: must be 0 or more, not -1",
    ),
    "a call beyond all measure": (
        [*CALL, "--seconds", "9" * 30],
        "duration_seconds: must be at most",
    ),
    "another call with the same id": (
        [*CALL, "--id", "c1", "--at", "2024-05-01T12:00:01Z"],
        "id: `c1` is already the id of another call",
    ),
    "a message with the id of a call": (
        [*TEXT, "--text", "Hello", "--id", "c1"],
        "id: `c1` is already the id of another call",
    ),
    "a call with a blank id": ([*CALL, "--id", " "], "id: is blank"),
    "a call with a long id": (
        [*CALL, "--id", "x" * 201],
        "id: is too long: 201 characters, the limit is 200",
    ),
    "a message with a NUL byte": ([*TEXT, "--text", "\0"], "text: contains a NUL character"),
    "activities of an unknown contact": (["activities", "nope"], "there is no contact `nope`"),
    "a cursor that is none": (["conflicts", "--cursor", "\N{SNOWMAN}"], "cursor: `\N{SNOWMAN}`"),
    "a cursor of another list": (["activities", "{john}", "--cursor", "WzEsMl0"], "cursor: `WzEs"),
    "a position that is none": (["exports", "--after", "-1"], "after: -1 is not a valid position"),
    "a position beyond all measure": (["exports", "--after", "9" * 30], "after: 99999"),
}
MISUSED = {
    "an edit of nothing": (["edit", "{john}"], "give at least one of --name"),
    "a value without a name": (["edit", "{john}", "--set", "=x"], "`=x` is not NAME=VALUE"),
    "a name without a value": (["edit", "{john}", "--set", "x"], "`x` is not NAME=VALUE"),
    "set and cleared": (["edit", "{john}", "--set", "a=b", "--clear", "a"], "is named twice"),
    "a version that is no number": (["edit", "{john}", "--version", "one"], "'--version'"),
    "a call that goes nowhere": (["call", "--direction", "sideways"], "'--direction'"),
    "a call without a status": (["call", "--direction", "inbound"], "--status"),
    "a call that was busy": ([*CALL, "--status", "busy"], "'--status'"),
    "a message without a text": ([*TEXT], "--text"),
    "a time without an offset": (
        [*CALL, "--at", "2024-05-01T12:00:00"],
        "not a time with a time zone offset",
    ),
    "a time that is none": ([*CALL, "--at", "yesterday"], "`yesterday` is not a time"),
    "a length that is no number": ([*CALL, "--seconds", "1.5"], "'--seconds'"),
    "an id that is no text": (["activities", "\udcff"], "is not valid text"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(people: People, case: str) -> None:
    command, said = REFUSED[case]
    people.cli.run(*filled(command, people)).refuses(said.format(**people.ids))


@pytest.mark.parametrize("case", MISUSED)
def test_misused(people: People, case: str) -> None:
    command, said = MISUSED[case]
    people.cli.run(*filled(command, people)).refuses(said.format(**people.ids), status=2)


def filled(command: list[str], people: People) -> list[str]:
    return [part.format(**people.ids) for part in command]


def test_undoing_twice_changes_nothing(cli: CommandLine) -> None:
    cli.imports("Name,Phone\nJohn,319-555-5677\nJ,319-555-5677\n")
    (merge,) = cli.run("merges", "--json").document["items"]
    cli.run("undo", merge["id"])
    events = cli.events()
    cli.run("undo", merge["id"]).refuses(f"merge `{merge['id']}` is already undone")
    assert cli.events() == events


def test_a_captured_number_is_not_deleted(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    lead = call(cli, "319-555-0188")["contact_id"]
    events = cli.events()
    cli.run("delete", lead).refuses(f"contact `{lead}` is a captured lead")
    assert cli.events() == events


def test_a_message_is_assigned_to_nobody(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    message = cli.run(*TEXT, "--text", "Hello", "--json").document
    events = cli.events()
    cli.run("assign", message["id"], message["contact_id"]).refuses(
        f"there is no call `{message['id']}`"
    )
    assert cli.events() == events


def test_an_unknown_account_is_refused_and_not_made(cli: CommandLine) -> None:
    for command in (
        ["edit", "a", "--name", "A"],
        ["delete", "a"],
        ["restore", "a"],
        ["merge", "a", "b"],
        ["undo", "m"],
        ["separate", "a", "b"],
        ["conflicts"],
        [*CALL],
        [*TEXT, "--text", "Hello"],
        ["assign", "c", "a"],
        ["activities", "a"],
        ["exports"],
    ):
        cli.run(*command, account="nobody").refuses("account `nobody` does not exist")
    assert cli.is_untouched


def test_nothing_crosses_from_one_account_into_another(cli: CommandLine) -> None:
    cli.imports(PEOPLE, account="one")
    cli.imports("Name,Phone\nAda,319-555-0144\n", account="two")
    (ada,) = cli.run("contacts", "--json", account="two").document["items"]
    john, *_ = cli.run("contacts", "--json", account="one").document["items"]
    events = cli.events("one"), cli.events("two")
    for command in (
        ["merge", john["id"], ada["id"]],
        ["separate", john["id"], ada["id"]],
        ["edit", ada["id"], "--name", "A"],
        ["delete", ada["id"]],
    ):
        cli.run(*command, account="one").refuses(f"there is no contact `{ada['id']}`")
    call_ = cli.run(*CALL, "--json", account="two").document
    cli.run("assign", call_["id"], john["id"], account="one").refuses(
        f"there is no call `{call_['id']}`"
    )
    assert (cli.events("one"), cli.events("two")) == (events[0], events[1] + 2)
