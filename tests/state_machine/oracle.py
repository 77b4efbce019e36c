"""A second, naive telling of docs/rules.md, sharing no code with the product.

It keeps every message of every record in lists and works everything out anew, slowly, whenever it
is asked. Values come with the canonical form that they are known to have. A message is a number,
in order of arrival; a record, and a contact that it founded, is that of its first message.

Where the rules leave a choice, the choice made here:
- a number that a record takes back and lists again counts as first seen when listed again;
- a message is "newer" by the time it counts from, and only if it brings an `updated_at` of its own;
- a field that a record never mentioned and now does, even as an empty list, is something new;
- what a contact says is its phones, emails and attributes: not their order, spelling or origin,
  and not its kind.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from tests.state_machine.commands import Key, Sent, Value

Outcome = Literal["created", "merged", "updated", "unchanged", "rejected"]


class Message(NamedTuple):
    """A message that was recorded: when it counts from, when it arrived, and what it said."""

    time: datetime
    arrival: int
    sent: Sent


@dataclass
class Record:
    messages: list[Message]

    @property
    def first(self) -> Sent:
        return self.messages[0].sent

    @property
    def number(self) -> int:
        return self.messages[0].arrival

    def newest(self, name: str) -> Message | None:
        told = [message for message in self.messages if name in message.sent.said]
        return max(told, key=lambda message: message[:2], default=None)

    def values(self, name: str) -> dict[str, tuple[int, int]]:
        """The phones or emails that it lists, each with when it was first seen."""
        newest, listed = None, dict[str, tuple[int, int]]()
        for message in self.messages:
            values: tuple[Value, ...] | None = message.sent.said.get(name)
            if values is None or (newest is not None and message.time < newest):
                continue
            seen = [(value.key, (message.arrival, place)) for place, value in enumerate(values)]
            newest, listed = message.time, {k: listed.get(k, at) for k, at in reversed(seen)}
        return listed

    def texts(self) -> dict[str, Message]:
        """Its attributes: the newest message about each."""
        names = {name for each in self.messages for name in each.sent.said}
        newest = {name: message for name in names if (message := self.newest(name))}
        return {name: m for name, m in newest.items() if isinstance(m.sent.said[name], str)}


@dataclass
class Contact:
    number: int
    records: list[Record]
    absorbed: list[int]
    changed: int
    """The message that last changed what it says, or merged into it."""

    @property
    def kind(self) -> str:
        return "contact" if any(r.first.kind == "contact" for r in self.records) else "lead"

    def values(self, name: str) -> dict[str, set[int]]:
        """The union, in the order first seen, with the records that list each value."""
        seen = [(at, v, r.number) for r in self.records for v, at in r.values(name).items()]
        return {value: {n for _, v, n in seen if v == value} for _, value, _ in sorted(seen)}

    def texts(self) -> dict[str, tuple[str, int, datetime]]:
        """The newest value of every attribute, with its record and since when."""
        told = [(m[:2], n, m.sent, r.number) for r in self.records for n, m in r.texts().items()]
        told.sort(key=lambda each: each[:2])
        return {name: (sent.said[name], number, at[0]) for at, name, sent, number in told}

    def counterparts(self) -> dict[str | None, Key]:
        """The record of each integration that was updated most recently."""
        told = sorted((m for r in self.records for m in r.messages), key=lambda m: m[:2])
        return {m.sent.integration: m.sent.key for m in told if m.sent.integration}

    @property
    def says(self) -> tuple[object, ...]:
        texts = {name: text for name, (text, _, _) in self.texts().items()}
        return set(self.values("phones")), set(self.values("emails")), texts

    def shared_with(self, sent: Sent, never: set[str]) -> dict[str, set[str]]:
        """The identifiers that it shares with a record, those that match nothing left out."""
        kinds = {"phone": "phones", "email": "emails"}
        return {k: sent.identifiers(n) & set(self.values(n)) - never for k, n in kinds.items()}


class Account:
    """An account: its settings and its contacts, the deleted ones (without records) among them."""

    def __init__(self) -> None:
        self.settings = dict.fromkeys(("contacts", "leads", "rule"), "phone")
        self.settings["policy"] = "per_source"
        self.shared: set[str] = set()
        self.settings_version = 1
        self.contacts: list[Contact] = []
        self.times: list[datetime] = []
        """When each message came; message 1 is the first."""

    def change_settings(self, changes: dict[str, str], shared: set[str] | None) -> None:
        before = dict(self.settings), self.shared
        self.settings |= {name.removeprefix("integration_"): each for name, each in changes.items()}
        self.shared = self.shared if shared is None else shared
        self.settings_version += before != (self.settings, self.shared)

    def receive(self, sent: Sent, now: datetime) -> tuple[Outcome, Contact | None, set[str]]:
        """Take a record; what became of it, the contact that holds it, and what matched."""
        self.times.append(now)
        if sent.source == "csv" and not sent.identifiers("phones") | sent.identifiers("emails"):
            return "rejected", None, set()
        counts_from = now if sent.updated_at is None else min(sent.updated_at, now)
        message = Message(counts_from, len(self.times), sent)
        for contact, record in self._records():
            if sent.source == "integration" and record.first.key == sent.key:
                return self._receive_again(contact, record, message), contact, set()
            same_content = record.first.content == sent.content
            if sent.source == record.first.source == "csv" and same_content:
                return "unchanged", contact, set()
        contacts = sorted(self.contacts, key=lambda each: (-each.changed, each.number))
        for kind, rule in self._rules(sent):
            enough = " ".join(each for asked, each in self._rules(sent) if asked == kind)
            for contact in contacts:
                shared = contact.shared_with(sent, self.shared)
                asked = [shared[each] for each in rule.split("_and_") if each in shared]
                if contact.kind == kind and asked and all(asked):
                    contact.records.append(Record([message]))
                    contact.absorbed.append(message.arrival)
                    contact.changed = message.arrival
                    matched = [shared[name] for name in shared if name in enough]
                    return "merged", contact, set().union(*matched)
        contact = Contact(message.arrival, [Record([message])], [], message.arrival)
        self.contacts.append(contact)
        return "created", contact, set()

    def _receive_again(self, contact: Contact, record: Record, message: Message) -> Outcome:
        """A message of a known record: newer or older field by field."""
        news, before = False, contact.says
        for name, said in message.sent.said.items():
            known = record.newest(name)
            if known is None:
                news = True
            elif message.time >= known.time:
                own_time = message.sent.updated_at not in (None, known.sent.updated_at)
                differs = _content(said) != _content(known.sent.said[name])
                news |= differs or (own_time and message.time > known.time)
        if news:
            record.messages.append(message)
            contact.changed = contact.changed if contact.says == before else message.arrival
        return "updated" if news else "unchanged"

    def withdraw(self, key: Key, now: datetime) -> Contact | None:
        """A source takes a record back; None if there is no such record."""
        self.times.append(now)
        for contact, record in self._records():
            if record.first.key == key:
                before = contact.says
                contact.records.remove(record)
                contact.changed = contact.changed if contact.says == before else len(self.times)
                return contact
        return None

    def _records(self) -> list[tuple[Contact, Record]]:
        return [(contact, record) for contact in self.contacts for record in contact.records]

    def _rules(self, sent: Sent) -> list[tuple[str, str]]:
        """Who may be joined by what, in order: (kind of the contact, rule)."""
        if self.settings["policy"] == "global":
            contacts = leads = self.settings["rule"]
        elif sent.source == "csv":
            return [(kind, rule) for rule in ("phone", "email") for kind in ("contact", "lead")]
        elif sent.source == "integration":
            contacts, leads = self.settings["contacts"], self.settings["leads"]
        else:
            return []
        asked = [("contact", leads)]
        return asked if sent.kind == "lead" else [("contact", contacts), ("lead", leads)]


def _content(said: str | tuple[Value, ...]) -> object:
    return said if isinstance(said, str) else {value.key for value in said}
