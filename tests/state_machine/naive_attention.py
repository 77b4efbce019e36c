"""What of a naive account somebody should look at first, by all merges that a rule ever made."""

import re
from dataclasses import dataclass, replace
from typing import Protocol

from tests.state_machine.naive_contact import Contact, Record


def words(name: str | None) -> set[str]:
    found = {*re.findall("[a-z0-9]+", (name or "").lower())}
    return found if re.search("[a-z]", (name or "").lower()) else set()


@dataclass
class Joining:
    """A merge by a rule: by which values, and what the contact and the record were called."""

    values: set[str]
    shown: str | None
    named: str | None
    settled: bool = False

    @property
    def differs(self) -> bool:
        one, other = words(self.shown), words(self.named)
        return bool(one) and bool(other) and one != other

    @property
    def is_strange(self) -> bool:
        pairs = [(a, b) for a in words(self.shown) for b in words(self.named)]
        return self.differs and not any(
            a == b or (len(a) == 1 and b.startswith(a)) or (len(b) == 1 and a.startswith(b))
            for a, b in pairs
        )


class Lived(Protocol):
    """An account, for what is asked of it here."""

    merged: dict[int, int]
    survivors: dict[int, int]
    shared: set[str]

    def find(self, number: int | None) -> Contact | None: ...


class NaiveAttention:
    """The merges that rules made, and what somebody has said of them."""

    most = 5
    """How many names may come together by one value."""

    def __init__(self) -> None:
        self.joinings: dict[int, Joining] = {}
        self.settled: set[str] = set()

    def join(self, merge: int, values: set[str], contact: Contact, record: Record) -> None:
        self._join(merge, Joining(set(values), _name(contact), _name(record)))

    def _join(self, merge: int, joining: Joining) -> None:
        self.joinings[merge] = joining
        if joining.differs:
            self.settled -= joining.values

    def after_undo(self, before: Lived, after: Lived, lived: "NaiveAttention") -> "NaiveAttention":
        """The same after an undo. `lived`: that of the account that lived without the merge."""
        kept = NaiveAttention()
        kept.settled = set(self.settled)
        for merge, joining in lived.joinings.items():
            survivor, absorbed = after.survivors[merge], after.merged[merge]
            if before.merged.get(merge) == absorbed and before.survivors[merge] == survivor:
                kept.joinings[merge] = self.joinings[merge]
            else:
                kept._join(merge, _as_it_is_now(joining, after.find(survivor), absorbed))
        return kept

    def merges(self) -> set[int]:
        """The merges to look at."""
        return {m for m, each in self.joinings.items() if each.is_strange and not each.settled}

    def names(self) -> dict[str, int]:
        """How many different names came together by each value."""
        together: dict[str, set[frozenset[str]]] = {}
        for joining in self.joinings.values():
            if joining.differs:
                names = {frozenset(words(joining.shown)), frozenset(words(joining.named))}
                for value in joining.values:
                    together[value] = together.get(value, set()) | names
        return {value: len(names) for value, names in together.items()}

    def values(self, shared: set[str]) -> set[str]:
        """The values to look at."""
        many = {value for value, number in self.names().items() if number > self.most}
        return many - shared - self.settled

    def settle(self, what: int | str, shared: set[str]) -> str:
        """Somebody says that a merge, or all that a value joined, is right."""
        if what not in self.merges() | self.values(shared):
            return "unchanged"
        if isinstance(what, str):
            self.settled.add(what)
        for merge, joining in self.joinings.items():
            if merge == what or (what in joining.values and joining.differs):
                joining.settled = True
        return "settled"


def _as_it_is_now(joining: Joining, contact: Contact | None, number: int) -> Joining:
    """A merge that an undo made: what its record and the contact without it are called then."""
    records = contact.records if contact and not contact.deleted else []
    for record in records:
        if contact and record.number == number:
            others = replace(contact, records=[each for each in records if each is not record])
            return Joining(joining.values, _name(others), _name(record))
    return Joining(joining.values, None, None)


def _name(of: Contact | Record) -> str | None:
    told = of.texts().get("name")
    return told[0] if told else None
