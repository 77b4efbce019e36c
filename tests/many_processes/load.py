"""What clients ask of accounts in the soak: commands that can be recognised in the log."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any

STARTED = "2026-05-01T09:30:00Z"
INTEGRATIONS = ("hubspot", "salesforce")
RECENT = 60
"""So many of what was made last are chosen from."""
COMMANDS_A_PERSON = 6
ROWS = (50, 250)
"""An imported file has at least and at most so many rows."""


@dataclass(slots=True, eq=False)
class Command:
    """Something that is asked for. `marker`: what its event says, and its Idempotency-Key.

    `of`: what it is sent to, such as a merge. `refusals`: the statuses that are no to it.
    """

    account: "Account"
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
    """What it was answered with; 0: whoever asked has given up."""
    answer: bytes = b""

    @property
    def has_key(self) -> bool:
        """Whether it is sent with an Idempotency-Key: other methods are idempotent as they are."""
        return self.method == "POST"

    @property
    def is_done(self) -> bool:
        """Whether it was acknowledged."""
        return 200 <= self.status < 300


@dataclass(slots=True, eq=False)
class Account:
    """An account under load. `limit`: the most commands that it gets, where that is few."""

    name: str
    key: str
    limit: int | None = None
    sent: list[Command] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    records: list[tuple[str, str, str]] = field(default_factory=list)
    guard: Lock = field(default_factory=Lock)

    @property
    def base(self) -> str:
        return f"/v1/accounts/{self.name}"

    def is_full(self) -> bool:
        """Whether it has as many commands as it is to get."""
        return self.limit is not None and len(self.sent) >= self.limit


class Client:
    """Thinks of one command after the other, by a seed of its own."""

    def __init__(self, number: int, seed: int, accounts: list[Account]) -> None:
        self.number = number
        self.chance = random.Random(f"{seed} {number}")  # noqa: S311 -- a load, no secrets
        self._accounts = accounts
        self._numbers = count(1)
        self._kinds: dict[str, tuple[int, Callable[[Account, str], Command | None]]] = {
            "records": (30, self._records),
            "contact": (12, self._contact),
            "call": (18, self._call),
            "message": (6, self._message),
            "edit": (8, self._edit),
            "merge": (5, self._merge),
            "undo": (2, self._undo),
            "assignment": (4, self._assignment),
            "deletion": (2, self._deletion),
            "restoration": (1, self._restoration),
            "withdrawal": (2, self._withdrawal),
            "separation": (1, self._separation),
            "read": (9, self._read),
        }

    def next(self) -> Command:
        """The next thing to ask for."""
        kinds = list(self._kinds)
        weights = [weight for weight, _ in self._kinds.values()]
        while True:
            account = self._account()
            (kind,) = self.chance.choices(kinds, weights)
            command = self._kinds[kind][1](account, self._marker(account))
            if command is not None:
                return self._noted(command)

    def file(self) -> Command:
        """A file to be imported, of which each row says its own marker."""
        account = self._account()
        marker = self._marker(account)
        lines = ["Name,Phone,Email,Marker"]
        for row in range(self.chance.randint(*ROWS)):
            person = self._person(account)
            lines.append(f"P {row},{self._phone(person)},{row}.{marker}@rows.test,{marker}.{row}")
        text = "\n".join(lines) + "\n"
        return self._noted(Command(account, "import", "POST", "/imports", marker, file=text))

    def _account(self) -> Account:
        return self.chance.choice([each for each in self._accounts if not each.is_full()])

    def _marker(self, account: Account) -> str:
        return f"{account.name}-{self.number}-{next(self._numbers)}"

    def _noted(self, command: Command) -> Command:
        with command.account.guard:
            command.account.sent.append(command)
        return command

    def _person(self, account: Account) -> int:
        """Somebody of whom there is talk lately."""
        now = len(account.sent) // COMMANDS_A_PERSON
        return max(0, now + self.chance.randint(-15, 3))

    def _phone(self, person: int) -> str:
        return f"+1319{person:06}{self.chance.randrange(2)}"

    def _recent(self, made: list[Any]) -> Any:
        return self.chance.choice(made[-RECENT:]) if made else None

    def _said(self, account: Account, marker: str) -> dict[str, Any]:
        person = self._person(account)
        said: dict[str, Any] = {"name": f"P {marker}", "attributes": {"marker": marker}}
        if self.chance.random() < 0.8:
            said["phones"] = list({self._phone(person) for _ in range(2)})
        if self.chance.random() < 0.5:
            said["emails"] = [f"{person}@people.test"]
        return said

    def _records(self, account: Account, marker: str) -> Command:
        integration = self.chance.choice(INTEGRATIONS)
        known = [each for each in account.records[-RECENT:] if each[0] == integration]
        records: dict[tuple[str, str], dict[str, Any]] = {}
        for number in range(self.chance.choice((1, 1, 1, 3))):
            kind, external_id = (
                self.chance.choice(("contact", "contact", "lead")),
                f"{marker}.{number}",
            )
            if known and self.chance.random() < 0.3:
                _, kind, external_id = self.chance.choice(known)
            said = self._said(account, f"{marker}.{number}")
            records[kind, external_id] = {"kind": kind, "external_id": external_id, **said}
        path, body = f"/integrations/{integration}/records", {"records": list(records.values())}
        return Command(account, "records", "POST", path, marker, body, of=integration)

    def _contact(self, account: Account, marker: str) -> Command:
        said = self._said(account, marker)
        return Command(account, "contact", "POST", "/contacts", marker, said)

    def _call(self, account: Account, marker: str) -> Command:
        body = {
            "direction": "inbound",
            "number": self._phone(self._person(account)),
            "status": "answered",
            "started_at": STARTED,
            "duration_seconds": 1,
            "agent": marker,
        }
        return Command(account, "call", "POST", "/calls", marker, body)

    def _message(self, account: Account, marker: str) -> Command:
        number = self._phone(self._person(account))
        body = {"direction": "outbound", "number": number, "text": marker, "sent_at": STARTED}
        return Command(account, "message", "POST", "/messages", marker, body)

    def _edit(self, account: Account, marker: str) -> Command | None:
        contact = self._recent(account.contacts)
        body: dict[str, Any] = {"attributes": {"edited": marker}}
        if self.chance.random() < 0.4:
            body["phones"] = [self._phone(self._person(account))]
        if self.chance.random() < 0.2:
            body["name"] = None
        return contact and Command(
            account,
            "edit",
            "PATCH",
            f"/contacts/{contact}",
            marker,
            body,
            refusals=frozenset({409}),
        )

    def _merge(self, account: Account, marker: str) -> Command | None:
        one, other = self._recent(account.contacts), self._recent(account.contacts)
        return one and Command(
            account,
            "merge",
            "POST",
            f"/contacts/{one}/merges",
            marker,
            {"absorb": other},
            refusals=frozenset({409}),
        )

    def _undo(self, account: Account, marker: str) -> Command | None:
        merge = self._recent(account.merges)
        return merge and Command(
            account,
            "undo",
            "POST",
            f"/merges/{merge}/undo",
            marker,
            of=merge,
            refusals=frozenset({409}),
        )

    def _assignment(self, account: Account, marker: str) -> Command | None:
        call, contact = self._recent(account.calls), self._recent(account.contacts)
        return call and Command(
            account,
            "assignment",
            "POST",
            f"/calls/{call}/assignment",
            marker,
            {"contact_id": contact},
            of=call,
            refusals=frozenset({409}),
        )

    def _deletion(self, account: Account, marker: str) -> Command | None:
        contact = self._recent(account.contacts)
        return contact and Command(
            account,
            "deletion",
            "DELETE",
            f"/contacts/{contact}",
            marker,
            of=contact,
            refusals=frozenset({409}),
        )

    def _restoration(self, account: Account, marker: str) -> Command | None:
        contact = self._recent(account.contacts)
        return contact and Command(
            account,
            "restoration",
            "POST",
            f"/contacts/{contact}/restoration",
            marker,
            of=contact,
            refusals=frozenset({409}),
        )

    def _withdrawal(self, account: Account, marker: str) -> Command | None:
        record = self._recent(account.records)
        return record and Command(
            account,
            "withdrawal",
            "DELETE",
            f"/integrations/{record[0]}/records/{record[1]}/{record[2]}",
            marker,
            refusals=frozenset({404}),
        )

    def _separation(self, account: Account, marker: str) -> Command | None:
        one, other = self._recent(account.contacts), self._recent(account.contacts)
        return one and Command(
            account,
            "separation",
            "POST",
            "/separations",
            marker,
            {"a": one, "b": other},
            refusals=frozenset({409}),
        )

    def _read(self, account: Account, marker: str) -> Command | None:
        contact = self._recent(account.contacts)
        paths = [
            f"/contacts/{contact}",
            f"/contacts/{contact}/history",
            f"/contacts/{contact}/activities",
            f"/contacts?phone=%2B{self._phone(self._person(account))[1:]}",
            f"/contacts?q={self._person(account)}%40people",
            "/contacts",
            "/calls",
            "/merges",
            "/conflicts",
            "/exports",
            "/events",
            "/imports/none",
        ]
        path = self.chance.choice(paths[:-1])
        return contact and Command(
            account,
            "read",
            "GET",
            path,
            marker,
            refusals=frozenset({404}),
        )


def learn(command: Command, answer: Any) -> None:
    """Remember what an acknowledged command has made, to send others to it."""
    account = command.account
    match command.kind:
        case "records":
            for sent, result in zip(command.body["records"], answer["results"], strict=True):
                account.contacts.append(result["contact_id"])
                account.records.append((command.of, sent["kind"], sent["external_id"]))
                if "merge_id" in result:
                    account.merges.append(result["merge_id"])
        case "contact":
            account.contacts.append(answer["contact_id"])
        case "call":
            account.calls.append(answer["id"])
            account.contacts.append(answer["contact_id"])
        case "merge":
            account.merges.append(answer["id"])
        case _:
            pass
