"""What must hold after the soak: every acknowledged command is in the log exactly once."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from application.documents.events import EventDocument
from application.reads.events import event_feed
from infrastructure.account_log.log import EventLog
from tests.many_processes.load import Account, Command
from tests.many_processes.told_again import differences_to_the_oracle
from tests.stores import Place

PAGE = 1_000
MARKED = ("records", "contact", "call", "message", "edit", "import")
"""Kinds of commands whose events contain their marker."""


@dataclass
class Outcome:
    """The findings in an account."""

    events: int = 0
    imported_rows: int = 0
    told_by_the_oracle: int = 0
    problems: list[str] = field(default_factory=list)


def problems_of(place: Place, account: Account) -> Outcome:
    """Check an account after all clients and processes are done with it."""
    found = Outcome()
    with closing(place.open(account.name)) as log:
        verified = log.verify()
        found.problems += verified.problems
        differences = log.rebuild().differences
        found.problems += [f"read model {each} was not what the log says" for each in differences]
        events = list(_events(log))
        found.events = len(events)
        _Told(account, events, found).check()
        found.problems += _missing_contacts(log, account)
        if account.limit is not None:
            found.problems += differences_to_the_oracle(log)
            found.told_by_the_oracle = len(events)
    found.problems = [f"{account.name}: {each}" for each in found.problems]
    return found


def _events(log: EventLog) -> Iterator[EventDocument]:
    after = 0
    with log.reading() as reading:
        while page := event_feed(reading, after=after, limit=PAGE).items:
            yield from page
            after = page[-1].position


def _missing_contacts(log: EventLog, account: Account) -> list[str]:
    """Contacts that an answer named, but whose id leads nowhere."""
    named = {each for group in account.groups for each in group.contacts}
    with log.reading() as reading:
        return [
            f"contact {each} was answered, and leads nowhere"
            for each in sorted(named)
            if reading.survivor(each) is None
        ]


class _Told:
    """The commands that the log of an account shows."""

    def __init__(self, account: Account, events: list[EventDocument], found: Outcome) -> None:
        self._account = account
        self._found = found
        self._streams: dict[str, str] = {}
        self.marked: Counter[str] = Counter()
        self.by_hand: Counter[tuple[str, str]] = Counter()
        """Commands without a marker, by their kind and target."""
        self.merged: set[str] = set()
        for event in events:
            self._hear(event.type, event.stream, event.data or {})

    def _hear(self, kind: str, stream: str, data: dict[str, Any]) -> None:
        marker = self._marker(data)
        if marker is not None:
            self.marked[marker] += 1
            self._streams[marker] = stream
        if "caused_by" in data or "because_of" in data:
            return  # it followed from another one
        match kind:
            case "ContactsMerged" if "sent_to" in data:
                self.merged.add(data["merge_id"])
            case "MergeUndone":
                self.by_hand["undo", data["merge_id"]] += 1
            case "CallAssigned":
                self.by_hand["assignment", stream.removeprefix("activity:")] += 1
            case "ContactDeleted":
                self.by_hand["deletion", data["sent_to"]] += 1
            case "ContactRestored":
                self.by_hand["restoration", data["sent_to"]] += 1
            case "ContactsSeparated":
                self.by_hand["separation", f"{data['a']} {data['b']}"] += 1
            case _:
                pass

    def _marker(self, data: dict[str, Any]) -> str | None:
        attributes = (data.get("record") or {}).get("attributes", {})
        found = (
            attributes.get("marker")
            or attributes.get("Marker")
            or data.get("call", {}).get("agent")
            or data.get("message", {}).get("text")
            or data.get("set", {}).get("edited")
        )
        return None if found is None else str(found)

    def check(self) -> None:
        """Compare the sent and acknowledged commands with the log."""
        for command in self._account.sent:
            if command.kind in MARKED:
                self._check_marked(command)
        expected = {marker for each in self._account.sent for marker in _markers(each)}
        self._wrong(bool(self.marked.keys() - expected), "the log tells of what nobody sent")
        self._check_merges()
        for kind in ("undo", "assignment", "deletion", "restoration", "separation"):
            self._check_counts(kind)

    def _check_marked(self, command: Command) -> None:
        for marker in _markers(command):
            times = self.marked[marker]
            least = int(command.is_done)
            if not command.has_key:  # each try may have been one more
                most = command.attempts
            else:
                most = int(command.is_done or not command.status)
            told = f"{command.kind} {marker} ({command.status}) is there {times} times"
            self._wrong(not least <= times <= most, told)
        if command.kind == "contact" and command.is_done:
            named = json.loads(command.answer)["contact_id"]
            there = self._streams.get(command.marker)
            self._wrong(there != named, f"{command.marker} was answered {named}, is {there}")
        if command.kind == "import" and command.is_done:
            self._found.imported_rows += len(list(_markers(command)))

    def _check_merges(self) -> None:
        sent = [each for each in self._account.sent if each.kind == "merge"]
        answered = [json.loads(each.answer)["id"] for each in sent if each.is_done]
        self._wrong(len(answered) != len(set(answered)), "two merges have one id")
        lost = set(answered) - self.merged
        self._wrong(bool(lost), f"merges {sorted(lost)} were acknowledged, and are not there")
        given_up = sum(not each.status for each in sent)
        more = len(self.merged - set(answered))
        self._wrong(more > given_up, f"{more} merges more than were acknowledged")

    def _check_counts(self, kind: str) -> None:
        """Check that each acknowledged command is there, and no more than were sent."""
        sent: dict[str, list[Command]] = {}
        for each in self._account.sent:
            if each.kind == kind:
                to = f"{each.body['a']} {each.body['b']}" if kind == "separation" else each.of
                sent.setdefault(to, []).append(each)
        for to, commands in sent.items():
            times = self.by_hand.pop((kind, to), 0)
            least = sum(each.is_done for each in commands)
            if all(each.has_key for each in commands):
                most = least + sum(not each.status for each in commands)
            else:
                most = sum(each.attempts for each in commands)
            told = f"{kind} of {to} is there {times} times, {least} acknowledged"
            self._wrong(not least <= times <= most, told)
        unasked = [key for key in self.by_hand if key[0] == kind]
        self._wrong(bool(unasked), f"nobody asked for {unasked[:3]}")

    def _wrong(self, is_wrong: bool, what: str) -> None:
        if is_wrong:
            self._found.problems.append(what)


def _markers(command: Command) -> Iterator[str]:
    """The markers in the events of a command."""
    if command.kind == "records":
        for record in command.body["records"]:
            yield record["attributes"]["marker"]
    elif command.file is not None:
        for line in command.file.splitlines()[1:]:
            yield line.rpartition(",")[2]
    elif command.kind in MARKED:
        yield command.marker
