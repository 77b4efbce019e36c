"""What a contact of the naive oracle says, from all that its records ever said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.state_machine.commands import Sent, Value, distinct

Order = tuple[datetime, int]
Seen = tuple[int, int]
Lists = dict[str, list[str]]
"""Some `phones` and some `emails`."""
Labels = dict[str, dict[str, str]]
"""The same, each with what it is called."""


@dataclass
class Record:
    number: int
    messages: list[tuple[datetime, int, Sent]] = field(default_factory=list)
    hidden: set[tuple[str, str, Seen]] = field(default_factory=set)
    began: int = 0
    """The message from which on it counts as seen, if somebody deleted its contact before."""

    @property
    def first(self) -> Sent:
        return self.messages[0][2]

    def listed(self, name: str) -> dict[str, Seen]:
        """The phones or emails that it lists, each with when it was first seen."""
        newest, listed = None, dict[str, Seen]()
        before = listed
        for time, arrival, sent in self.messages:
            values: tuple[Value, ...] | None = sent.said.get(name)
            if values is not None and (newest is None or time >= newest):
                seen = [(value.key, (arrival, place)) for place, value in enumerate(values)]
                newest, listed = time, {k: listed.get(k, at) for k, at in seen}
            if arrival <= self.began:
                before = listed
        known = sorted(before, key=lambda key: before[key])
        return {
            key: (self.began, known.index(key)) if at[0] <= self.began else at
            for key, at in listed.items()
        }

    def label(self, name: str, key: str) -> str | None:
        """What it calls a phone or an email that it lists."""
        told = [
            ((time, n), sent.said[name]) for time, n, sent in self.messages if name in sent.said
        ]
        _, values = max(told, key=lambda each: each[0])
        labels: dict[str, str | None] = {value.key: value.label for value in values}
        return labels[key]

    def shown(self, name: str) -> dict[str, Seen]:
        return {k: at for k, at in self.listed(name).items() if (name, k, at) not in self.hidden}

    def texts(self) -> dict[str, tuple[str, Order, int]]:
        """Its attributes: value, time and arrival of the newest message, and when it changed."""
        texts: dict[str, tuple[str, Order, int]] = {}
        for time, arrival, sent in self.messages:
            for name, said in sent.said.items():
                known = texts.get(name)
                if isinstance(said, str) and (known is None or (time, arrival) >= known[1]):
                    same = known is not None and known[0] == said
                    texts[name] = (said, (time, arrival), known[2] if known and same else arrival)
        return {n: (text, at, max(now, self.began)) for n, (text, at, now) in texts.items()}

    def ever(self) -> Lists:
        """The identifiers that it ever said, since it counts as seen."""
        said: Lists = {"phones": [], "emails": []}
        for name in said:
            newest = None
            for time, arrival, sent in self.messages:
                if name in sent.said and (newest is None or time >= newest):
                    newest = time
                    if arrival <= self.began:
                        said[name] = []
                    said[name] += sent.identifiers(name)
        return said

    @property
    def values(self) -> set[tuple[str, str]]:
        """What it says: its attributes, and the keys of its phones and emails."""
        listed = {(name, key) for name in ("phones", "emails") for key in self.listed(name)}
        return listed | {(name, text) for name, (text, _, _) in self.texts().items()}

    def as_sent(self) -> Sent:
        """All that it says now, as one message."""
        if len(self.messages) == 1:
            return self.first
        phones, emails = self._newest_list("phones"), self._newest_list("emails")
        texts = {name: text for name, (text, _, _) in self.texts().items()}
        return replace(self.messages[-1][2], phones=phones, emails=emails, texts=texts)

    def _newest_list(self, name: str) -> tuple[Value, ...] | None:
        newest = self.newest(name)
        values: tuple[Value, ...] | None = newest and newest[1].said[name]
        return values

    def newest(self, name: str) -> tuple[Order, Sent] | None:
        told = [((time, n), sent) for time, n, sent in self.messages if name in sent.said]
        return max(told, key=lambda each: each[0], default=None)


@dataclass
class Contact:
    number: int
    records: list[Record]
    changed: int
    texts_by_hand: dict[str, tuple[str | None, int, datetime]] = field(default_factory=dict)
    lists_by_hand: dict[str, dict[str, Seen]] = field(
        default_factory=lambda: {"phones": {}, "emails": {}}
    )
    labels_by_hand: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    captured: str | None = None
    deleted: bool = False

    @property
    def kind(self) -> str:
        if not self.records:
            return "lead" if self.captured else "contact"
        return "contact" if any(r.first.kind == "contact" for r in self.records) else "lead"

    @property
    def stage(self) -> str:
        return "captured" if self.captured else self.kind

    def values(self, name: str) -> dict[str, list[int]]:
        """The union in the order first seen, with the records that list each value."""
        seen = [(at, v, [r.number]) for r in self.records for v, at in r.shown(name).items()]
        seen += [(at, value, []) for value, at in self.lists_by_hand[name].items()]
        if self.captured and name == "phones":
            seen.append(((0, 0), self.captured, []))
        values: dict[str, list[int]] = {}
        for _, value, records in sorted(seen, key=lambda each: each[0]):
            values.setdefault(value, []).extend(records)
        return values

    def listed(self, name: str) -> list[tuple[str, list[int], int]]:
        """The same as a document names them: the first 20 records, and how many there are."""
        return [(value, all_[:20], len(all_)) for value, all_ in self.values(name).items()]

    def label(self, name: str, key: str) -> str | None:
        """What a phone or an email is called: as somebody says, else by the first that does."""
        if (name, key) in self.labels_by_hand:
            return self.labels_by_hand[name, key][0] or None
        listing = [(r.shown(name)[key], r) for r in self.records if key in r.shown(name)]
        labels = [r.label(name, key) for _, r in sorted(listing, key=lambda each: each[0])]
        return next((label for label in labels if label), None)

    def texts(self) -> dict[str, tuple[str, int | None, datetime]]:
        """The newest value of every attribute, the record that it is from, and since when."""
        told: dict[str, list[tuple[Order, str | None, int | None]]] = {}
        for name, (value, number, at) in self.texts_by_hand.items():
            told.setdefault(name, []).append(((at, number), value, None))
        for record in self.records:
            for name, (value, order, changed) in record.texts().items():
                edited = self.texts_by_hand.get(name)
                if edited is None or (changed > edited[1] and order[0] >= edited[2]):
                    told.setdefault(name, []).append((order, value, record.number))
        newest = {name: max(each, key=lambda one: one[0]) for name, each in told.items()}
        return {
            name: (value, record, order[0])
            for name, (order, value, record) in newest.items()
            if value is not None
        }

    def counterparts(self) -> dict[str | None, object]:
        told = [((t, n), r) for r in self.records for t, n, _ in r.messages]
        told.sort(key=lambda each: each[0])
        return {r.first.integration: r.first.key for _, r in told if r.first.integration}

    @property
    def says(self) -> tuple[object, ...]:
        texts = {name: text for name, (text, _, _) in self.texts().items()}
        return set(self.values("phones")), set(self.values("emails")), texts

    @property
    def has_something(self) -> bool:
        texts = any(value is not None for value, _, _ in self.texts_by_hand.values())
        return bool(self.records or texts or any(self.lists_by_hand.values()) or self.captured)

    def by_hand(self) -> None:
        """A captured lead that somebody edits or merges lists its number."""
        if self.captured:
            self.lists_by_hand["phones"] = {
                self.captured: (self.changed, call_of(self.number)),
                **self.lists_by_hand["phones"],
            }
            self.captured = None


def changes(
    contact: Contact | None, wanted: Mapping[str, tuple[Value, ...] | None]
) -> tuple[Lists, Lists, Labels]:
    """What an edit to these lists adds, removes and labels; None for a list that stays."""
    added, removed, labelled = Lists(), Lists(), Labels()
    for name, values in wanted.items():
        shows = contact.values(name) if contact and not contact.deleted else ()
        shown = {key: contact and contact.label(name, key) for key in shows}
        labels = {value.key: value.label for value in distinct(values) or ()}
        added[name] = [key for key in labels if key not in shown]
        removed[name] = [key for key in shown if key not in labels and values is not None]
        labelled[name] = {
            key: label
            for key, label in labels.items()
            if label is not None and (key not in shown or label != (shown[key] or ""))
        }
    return added, removed, labelled


def call_of(lead: int) -> int:
    """The call that a lead was captured for, even where it was not the first."""
    return -lead // 10_000 if lead < 0 else lead
