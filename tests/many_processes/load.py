"""The commands of clients in the soak, which can be recognised in the log."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

STARTED = "2026-05-01T09:30:00Z"
INTEGRATIONS = ("hubspot", "salesforce")
PEOPLE = 6
COMMANDS_OF_A_GROUP = 40
"""People come in groups, of whom there is talk for so many commands. An undo lives through all that
hangs together: that is a group."""
DELETED, MISSING = frozenset({409}), frozenset({404})
"""Statuses that may refuse a command or a read, since others have changed its target."""
ROWS = (50, 250)
"""The least and the largest number of rows of an imported file."""


@dataclass(slots=True, eq=False)
class Command:
    """Something that is asked for. `marker`: what its event says, and its Idempotency-Key.

    `of`: its target, such as a merge. `refusals`: the statuses that refuse it.
    """

    account: "Account"
    group: "Group"
    kind: str
    method: str
    path: str
    marker: str
    body: Any = None
    file: str | None = None
    of: str = ""
    refusals: frozenset[int] = frozenset()
    attempts: int = 0
    status: int = 0
    """The status of the answer; 0: the client has given up."""
    answer: bytes = b""

    @property
    def has_key(self) -> bool:
        """Whether it is sent with an Idempotency-Key: other methods are idempotent anyway."""
        return self.method == "POST"

    @property
    def is_done(self) -> bool:
        """Whether it was acknowledged."""
        return 200 <= self.status < 300


@dataclass(slots=True, eq=False)
class Group:
    """Some people whose records share numbers, and the contacts made of them."""

    number: int
    contacts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    records: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Account:
    """An account under load. `limit`: the largest number of its commands, if limited."""

    name: str
    key: str
    limit: int | None = None
    sent: list[Command] = field(default_factory=list)
    groups: list[Group] = field(default_factory=lambda: [Group(0)])
    guard: Lock = field(default_factory=Lock)

    @property
    def base(self) -> str:
        return f"/v1/accounts/{self.name}"

    def is_full(self) -> bool:
        """Whether it has reached its limit of commands."""
        return self.limit is not None and len(self.sent) >= self.limit

    def note(self, command: Command) -> None:
        """Note a command that is about to be sent."""
        with self.guard:
            self.sent.append(command)
            if len(self.sent) % COMMANDS_OF_A_GROUP == 0:
                self.groups.append(Group(len(self.groups)))


class Client:
    """Makes up one command after the other, from its own seed."""

    def __init__(self, number: int, seed: int, accounts: list[Account]) -> None:
        self.number = number
        self.chance = random.Random(f"{seed} {number}")  # noqa: S311 -- a load, no secrets
        self._accounts = accounts
        self._numbers = count(1)
        self._kinds: dict[str, tuple[int, Callable[[Account, Group, str], Command | None]]] = {
            "records": (30, self._records),
            "contact": (12, self._contact),
            "call": (18, self._call),
            "message": (6, self._message),
            "edit": (8, self._edit),
            "merge": (5, self._merge),
            "undo": (2, self._undo),
            "assignment": (4, self._assignment),
            "deletion": (3, self._deletion),
            "restoration": (2, self._restoration),
            "withdrawal": (2, self._withdrawal),
            "separation": (1, self._separation),
            "read": (9, self._read),
        }

    def next(self) -> Command:
        """The next command or read."""
        kinds = list(self._kinds)
        weights = [weight for weight, _ in self._kinds.values()]
        while True:
            account = self._account()
            (kind,) = self.chance.choices(kinds, weights)
            group = self.chance.choice(account.groups[-2:])
            command = self._kinds[kind][1](account, group, self._marker(account))
            if command is not None:
                account.note(command)
                return command

    def file(self) -> Command:
        """A file to import, with a marker in each row; a few rows share numbers."""
        account = self._account()
        group, marker = account.groups[-1], self._marker(account)
        lines = ["Name,Phone,Email,Marker"]
        for row in range(self.chance.randint(*ROWS)):
            stranger = f"+1415{self.chance.randrange(10_000_000):07}"
            phone = self._phone(group) if self.chance.random() < 0.1 else stranger
            lines.append(f"P {row},{phone},{row}.{marker}@rows.test,{marker}.{row}")
        text = "\n".join(lines) + "\n"
        command = Command(account, group, "import", "POST", "/imports", marker, file=text)
        account.note(command)
        return command

    def _account(self) -> Account:
        return self.chance.choice([each for each in self._accounts if not each.is_full()])

    def _marker(self, account: Account) -> str:
        return f"{account.name}-{self.number}-{next(self._numbers)}"

    def _phone(self, group: Group) -> str:
        return f"+1319{group.number:05}{self.chance.randrange(2 * PEOPLE):02}"

    def _one_of(self, made: list[T]) -> T | None:
        return self.chance.choice(made) if made else None

    def _said(self, group: Group, marker: str) -> dict[str, Any]:
        said: dict[str, Any] = {"name": f"P {marker}", "attributes": {"marker": marker}}
        if self.chance.random() < 0.8:
            said["phones"] = list({self._phone(group) for _ in range(self.chance.randint(1, 2))})
        if self.chance.random() < 0.5:
            said["emails"] = [f"{group.number}.{self.chance.randrange(PEOPLE)}@people.test"]
        return said

    def _records(self, account: Account, group: Group, marker: str) -> Command:
        integration = self.chance.choice(INTEGRATIONS)
        known = [each for each in group.records if each[0] == integration]
        records: dict[tuple[str, str], dict[str, Any]] = {}
        for number in range(self.chance.choice((1, 1, 1, 3))):
            kind, external_id = (
                self.chance.choice(("contact", "contact", "lead")),
                f"{marker}.{number}",
            )
            if known and self.chance.random() < 0.3:
                _, kind, external_id = self.chance.choice(known)
            said = self._said(group, f"{marker}.{number}")
            records[kind, external_id] = {"kind": kind, "external_id": external_id, **said}
        path, body = f"/integrations/{integration}/records", {"records": list(records.values())}
        return Command(account, group, "records", "POST", path, marker, body, of=integration)

    def _contact(self, account: Account, group: Group, marker: str) -> Command:
        said = self._said(group, marker)
        return Command(account, group, "contact", "POST", "/contacts", marker, said)

    def _call(self, account: Account, group: Group, marker: str) -> Command:
        body = {
            "direction": "inbound",
            "number": self._phone(group),
            "status": "answered",
            "started_at": STARTED,
            "duration_seconds": 1,
            "agent": marker,
        }
        return Command(account, group, "call", "POST", "/calls", marker, body)

    def _message(self, account: Account, group: Group, marker: str) -> Command:
        number = self._phone(group)
        body = {"direction": "outbound", "number": number, "text": marker, "sent_at": STARTED}
        return Command(account, group, "message", "POST", "/messages", marker, body)

    def _edit(self, account: Account, group: Group, marker: str) -> Command | None:
        contact = self._one_of(group.contacts)
        body: dict[str, Any] = {"attributes": {"edited": marker}}
        if self.chance.random() < 0.4:
            body["phones"] = [self._phone(group)]
        if self.chance.random() < 0.2:
            body["name"] = None
        path = f"/contacts/{contact}"
        return (
            None
            if contact is None
            else Command(account, group, "edit", "PATCH", path, marker, body, refusals=DELETED)
        )

    def _merge(self, account: Account, group: Group, marker: str) -> Command | None:
        one, body = self._one_of(group.contacts), {"absorb": self._one_of(group.contacts)}
        path = f"/contacts/{one}/merges"
        return (
            None
            if one is None
            else Command(account, group, "merge", "POST", path, marker, body, refusals=DELETED)
        )

    def _undo(self, account: Account, group: Group, marker: str) -> Command | None:
        merge = self._one_of(group.merges)
        path = f"/merges/{merge}/undo"
        return (
            None
            if merge is None
            else Command(account, group, "undo", "POST", path, marker, of=merge, refusals=DELETED)
        )

    def _assignment(self, account: Account, group: Group, marker: str) -> Command | None:
        call, body = self._one_of(group.calls), {"contact_id": self._one_of(group.contacts)}
        path = f"/calls/{call}/assignment"
        return (
            None
            if call is None
            else Command(
                account, group, "assignment", "POST", path, marker, body, of=call, refusals=DELETED
            )
        )

    def _deletion(self, account: Account, group: Group, marker: str) -> Command | None:
        return self._of_a_contact(account, group, marker, ("deletion", "DELETE", ""))

    def _restoration(self, account: Account, group: Group, marker: str) -> Command | None:
        return self._of_a_contact(account, group, marker, ("restoration", "POST", "/restoration"))

    def _of_a_contact(
        self, account: Account, group: Group, marker: str, what: tuple[str, str, str]
    ) -> Command | None:
        """Commands on a contact without a body: kind, method, end of the path."""
        contact = self._one_of(group.contacts)
        if contact is None:
            return None
        kind, method, end = what
        path = f"/contacts/{contact}{end}"
        return Command(account, group, kind, method, path, marker, of=contact, refusals=DELETED)

    def _withdrawal(self, account: Account, group: Group, marker: str) -> Command | None:
        record = self._one_of(group.records)
        if record is None:
            return None
        path = f"/integrations/{record[0]}/records/{record[1]}/{record[2]}"
        return Command(account, group, "withdrawal", "DELETE", path, marker, refusals=MISSING)

    def _separation(self, account: Account, group: Group, marker: str) -> Command | None:
        one, other = self._one_of(group.contacts), self._one_of(group.contacts)
        body = {"a": one, "b": other}
        return (
            None
            if one is None
            else Command(
                account, group, "separation", "POST", "/separations", marker, body, refusals=DELETED
            )
        )

    def _read(self, account: Account, group: Group, marker: str) -> Command | None:
        contact = self._one_of(group.contacts)
        paths = [
            *(f"/contacts/{contact}{each}" for each in ("", "/history", "/activities")),
            f"/contacts?phone=%2B{self._phone(group)[1:]}",
            f"/contacts?q={group.number}.1%40people",
            *("/contacts", "/calls", "/merges", "/conflicts", "/exports", "/events"),
        ]
        path = self.chance.choice(paths)
        return (
            None
            if contact is None
            else Command(account, group, "read", "GET", path, marker, refusals=MISSING)
        )


def learn(command: Command, answer: Any) -> None:
    """Remember what an acknowledged command has made, as a target of later ones."""
    group = command.group
    match command.kind:
        case "records":
            for sent, result in zip(command.body["records"], answer["results"], strict=True):
                group.contacts.append(result["contact_id"])
                group.records.append((command.of, sent["kind"], sent["external_id"]))
                if "merge_id" in result:
                    group.merges.append(result["merge_id"])
        case "contact":
            group.contacts.append(answer["contact_id"])
        case "call":
            group.calls.append(answer["id"])
            group.contacts.append(answer["contact_id"])
        case "merge":
            group.merges.append(answer["id"])
        case _:
            pass
