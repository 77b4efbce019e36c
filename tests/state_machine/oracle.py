"""A second, naive telling of docs/rules.md, sharing no code with the product.

It keeps every message of every record in lists and works everything out anew, slowly, whenever it
is asked. Values come with the canonical form that they are known to have. A record, and a contact
by the record that founded it, is a number, in the order in which records were first seen.

Where the rules leave a choice, the choice made here:
- a number that a record takes back and lists again counts as first seen when listed again;
- a message is "newer" by the time it counts from, and only if it brings an `updated_at` of its own;
- a field that a record never mentioned and now does, even as an empty list, is something new;
- what a contact says is its phones, its emails and its attributes: not their order, spelling or
  origin, and not its kind.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from tests.state_machine.commands import Sent, Value

Outcome = Literal["created", "merged", "updated", "unchanged", "rejected"]


class Message(NamedTuple):
    """A message that was recorded: what it said, when it counts from, and when it arrived."""

    sent: Sent
    time: datetime
    arrival: int


@dataclass
class Record:
    number: int
    messages: list[Message]

    @property
    def first(self) -> Sent:
        return self.messages[0].sent

    def newest(self, name: str) -> Message | None:
        told = [message for message in self.messages if name in message.sent.said]
        return max(told, key=lambda m: (m.time, m.arrival), default=None)

    def values(self, name: str) -> dict[str, tuple[int, int]]:
        """The phones or emails that it lists, each with when it was first seen."""
        newest, listed = None, dict[str, tuple[int, int]]()
        for message in self.messages:
            values: tuple[Value, ...] | None = message.sent.said.get(name)
            if values is None or (newest is not None and message.time < newest):
                continue
            before, newest, listed = listed, message.time, {}
            for place, value in enumerate(values):
                seen = before.get(value.key, (message.arrival, place))
                listed.setdefault(value.key, seen)
        return listed

    def texts(self) -> dict[str, tuple[str, datetime, int]]:
        """Its attributes: value, since when, and when that arrived."""
        names = {
            n for m in self.messages for n, said in m.sent.said.items() if isinstance(said, str)
        }
        newest = {name: message for name in names if (message := self.newest(name))}
        return {name: (m.sent.said[name], m.time, m.arrival) for name, m in newest.items()}


@dataclass
class Contact:
    number: int
    records: list[Record]
    absorbed: list[int]
    changed: int
    """When what it says was last changed, or something merged into it."""

    @property
    def kind(self) -> str:
        return "contact" if any(r.first.kind == "contact" for r in self.records) else "lead"

    def values(self, name: str) -> dict[str, set[int]]:
        """The union, in the order first seen, with the records that list each value."""
        seen = [(at, v, r.number) for r in self.records for v, at in r.values(name).items()]
        return {value: {n for _, v, n in seen if v == value} for _, value, _ in sorted(seen)}

    def texts(self) -> dict[str, tuple[str, int, datetime]]:
        """The newest value of every attribute, with its record and since when."""
        told = [(t, a, n, v, r.number) for r in self.records for n, (v, t, a) in r.texts().items()]
        return {name: (value, number, time) for time, _, name, value, number in sorted(told)}

    def counterparts(self) -> dict[str, tuple[str, str]]:
        """The record of each integration that was updated most recently."""
        told = [(m.time, m.arrival, m.sent) for r in self.records for m in r.messages]
        told = [each for each in told if each[2].integration]
        return {
            str(s.integration): (s.kind, str(s.external_id))
            for *_, s in sorted(told, key=lambda each: each[:2])
        }

    @property
    def says(self) -> tuple[object, ...]:
        texts = {name: text for name, (text, _, _) in self.texts().items()}
        return set(self.values("phones")), set(self.values("emails")), texts

    def shared_with(self, sent: Sent, never: set[str]) -> dict[str, set[str]]:
        """The identifiers that it shares with a record, those that match nothing left out."""
        phones = sent.identifiers("phones") & set(self.values("phones")) - never
        emails = sent.identifiers("emails") & set(self.values("emails")) - never
        return {"phone": phones, "email": emails}


class Account:
    """An account: its settings and its contacts, the deleted ones (without records) among them."""

    def __init__(self) -> None:
        self.settings = dict.fromkeys(
            ("integration_leads", "integration_contacts", "rule"), "phone"
        )
        self.settings["policy"] = "per_source"
        self.shared: set[str] = set()
        self.settings_version = 1
        self.contacts: list[Contact] = []
        self.times: list[datetime] = []
        """When each message arrived: the first is message 1."""

    def change_settings(self, changes: dict[str, str], shared: set[str] | None) -> None:
        before = dict(self.settings), self.shared
        self.settings |= changes
        self.shared = self.shared if shared is None else shared
        self.settings_version += before != (self.settings, self.shared)

    def receive(self, sent: Sent, now: datetime) -> tuple[Outcome, Contact | None, set[str]]:
        """Take a record; what became of it, the contact that holds it, and what matched."""
        self.times.append(now)
        arrival = len(self.times)
        if sent.source == "csv" and not sent.identifiers("phones") | sent.identifiers("emails"):
            return "rejected", None, set()
        own = sent.updated_at is not None and sent.updated_at <= now
        message = Message(sent, sent.updated_at if own and sent.updated_at else now, arrival)
        for contact in self.contacts:
            for record in contact.records:
                if sent.source == "integration" and self._key(record.first) == self._key(sent):
                    return self._again(contact, record, message), contact, set()
                if (
                    sent.source == record.first.source == "csv"
                    and record.first.content == sent.content
                ):
                    return "unchanged", contact, set()
        record = Record(arrival, [message])
        contacts = sorted(self.contacts, key=lambda c: (-c.changed, c.number))
        for kind, rule in self._rules(sent):
            for contact in contacts:
                shared = contact.shared_with(sent, self.shared)
                asked = [shared[each] for each in rule.split("_and_") if each in shared]
                if contact.kind == kind and asked and all(asked):
                    contact.records.append(record)
                    contact.absorbed.append(record.number)
                    contact.changed = arrival
                    return "merged", contact, set().union(*asked)
        self.contacts.append(Contact(arrival, [record], [], arrival))
        return "created", self.contacts[-1], set()

    def withdraw(self, key: tuple[str | None, ...], now: datetime) -> Contact | None:
        """A source takes a record back; None if there is no such record."""
        self.times.append(now)
        for contact in self.contacts:
            for record in contact.records:
                if self._key(record.first) == key:
                    before = contact.says
                    contact.records.remove(record)
                    contact.changed = len(self.times) if contact.says != before else contact.changed
                    return contact
        return None

    def _again(self, contact: Contact, record: Record, message: Message) -> Outcome:
        """A message of a known record: newer or older field by field."""
        news, before = False, contact.says
        for name, said in message.sent.said.items():
            known = record.newest(name)
            if known is None:
                news = True
            elif (message.time, message.arrival) > (known.time, known.arrival):
                of_its_own = message.sent.updated_at not in (None, known.sent.updated_at)
                newer = of_its_own and message.time > known.time
                news |= newer or _content(said) != _content(known.sent.said[name])
        if not news:
            return "unchanged"
        record.messages.append(message)
        contact.changed = len(self.times) if contact.says != before else contact.changed
        return "updated"

    def _rules(self, sent: Sent) -> list[tuple[str, str]]:
        """Who may be joined by what, in order: (kind of the contact, rule)."""
        if self.settings["policy"] == "global":
            contacts = leads = self.settings["rule"]
        elif sent.source == "csv":
            kinds = ("contact", "lead")
            return [(kind, rule) for rule in ("phone", "email") for kind in kinds]
        elif sent.source == "integration":
            contacts, leads = (
                self.settings[f"integration_{each}"] for each in ("contacts", "leads")
            )
        else:
            return []
        return (
            [("contact", contacts), ("lead", leads)]
            if sent.kind == "contact"
            else [("contact", leads)]
        )

    @staticmethod
    def _key(sent: Sent) -> tuple[str | None, ...]:
        return sent.integration, sent.kind, sent.external_id


def _content(said: str | tuple[Value, ...]) -> object:
    return said if isinstance(said, str) else {value.key for value in said}
