"""A naive implementation of all of docs/rules.md, which shares no code with the product.

It keeps a list of what happened. To undo a merge it forgets everything and repeats the list in an
empty account, without that merge. It computes everything again, slowly, whenever it is asked. Each
thing that happens has a number, which identifies what it brings: the number of a message identifies
its record and the contact that began with it, the number of a call its captured lead.

Values come with their known canonical form.

Where the rules leave a choice, the choice made here:
- a number that a record takes back and lists again counts as first seen when listed again;
- a message is "newer" by the time it counts from, and only if it brings an `updated_at` of its own;
- a field that a record never mentioned and now does, even as an empty list, is something new;
- what a contact says is its phones, emails and attributes: not their order, spelling or origin,
  and not its kind;
- an edit yields to a newer value only, of a record first seen or changed since;
- a number removed by hand is hidden in the records that list it, until one lists it anew;
- a message that changed nothing when it came was not recorded: it does not happen again;
- what was declared separate is not merged by a rule, in whatever was replayed;
- a contact lives on by edits that say something; a captured lead cannot be deleted;
- a label by hand goes with a number until that is removed by hand, whoever lists the number;
- a record that its source has sent anew since does not come back with a deleted contact, nor does
  a csv row that was imported again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.state_machine.commands import Sent, Value

NOTHING = {"refused", "rejected", "unchanged"}
"""What is said of commands that change nothing, and are not recorded."""
Order = tuple[datetime, int]
Seen = tuple[int, int]


@dataclass
class Record:
    number: int
    messages: list[tuple[datetime, int, Sent]] = field(default_factory=list)
    hidden: set[tuple[str, str, Seen]] = field(default_factory=set)

    @property
    def first(self) -> Sent:
        return self.messages[0][2]

    def listed(self, name: str) -> dict[str, Seen]:
        """The phones or emails that it lists, each with when it was first seen."""
        newest, listed = None, dict[str, Seen]()
        for time, arrival, sent in self.messages:
            values: tuple[Value, ...] | None = sent.said.get(name)
            if values is None or (newest is not None and time < newest):
                continue
            seen = [(value.key, (arrival, place)) for place, value in enumerate(values)]
            newest, listed = time, {k: listed.get(k, at) for k, at in seen}
        return listed

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
        return texts

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

    def values(self, name: str) -> dict[str, set[int]]:
        """The union in the order first seen, with the records that list each value."""
        seen = [(at, v, {r.number}) for r in self.records for v, at in r.shown(name).items()]
        seen += [(at, value, set()) for value, at in self.lists_by_hand[name].items()]
        if self.captured and name == "phones":
            seen.append(((0, 0), self.captured, set()))
        values: dict[str, set[int]] = {}
        for _, value, records in sorted(seen, key=lambda each: each[0]):
            values.setdefault(value, set()).update(records)
        return values

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
                self.captured: (self.changed, _call_of(self.number)),
                **self.lists_by_hand["phones"],
            }
            self.captured = None


@dataclass
class Activity:
    number: int
    called: str | None
    contact: int | None = None
    first: int | None = None
    assigned: int | None = None
    linked_by: str = ""
    is_call: bool = True


Happened = tuple[int, datetime, Callable[["Account"], str]]


class Account:
    """An account that remembers all that happened in it."""

    def __init__(self, apart: Iterable[tuple[set[int], set[int]]] = ()) -> None:
        self.settings = dict.fromkeys(("contacts", "leads", "rule"), "phone")
        self.settings["policy"] = "per_source"
        self.shared: set[str] = set()
        self.settings_version = 1
        self.matched: set[str] = set()
        """What the record that came last was merged by."""
        self.contacts: dict[int, Contact] = {}
        self.leads_to: dict[int, int] = {}
        self.activities: dict[int, Activity] = {}
        self.merged: dict[int, int] = {}
        """The merges that hold, rule or hand, by their number: whom each absorbed."""
        self.survivors: dict[int, int] = {}
        self.undone: set[int] = set()
        self.apart = list(apart)
        self.happened: list[Happened] = []
        self.known: set[int] = set()
        """What ever was a contact, or a record of one."""
        self.number, self.now = 0, datetime.min.replace(tzinfo=UTC)

    def do(self, number: int, now: datetime, what: Callable[["Account"], str]) -> str:
        """Let something happen; what was refused or changed nothing is forgotten."""
        self.number, self.now = number, now
        result = what(self)
        if result not in NOTHING:
            self.happened.append((number, now, what))
        self._know()
        return result

    def undo(self, number: int, now: datetime, merge: int) -> None:
        """Take a merge back: live through everything again without it."""
        survivor, absorbed = self.survivors[merge], self.merged[merge]
        again = Account(self.apart)
        again.undone = self.undone | {merge}
        for happened in self.happened:
            again.number, again.now, what = happened
            what(again)
            again.happened.append(happened)
        again.number, again.now = number, now
        again.known = self.known
        again._know()
        again.separate(survivor, absorbed)
        self.__dict__ = again.__dict__

    # What happens

    def receive(self, sent: Sent) -> str:
        self.matched = set()
        if sent.source == "csv" and not sent.identifiers("phones") | sent.identifiers("emails"):
            return "rejected"
        time = self.now if sent.updated_at is None else min(sent.updated_at, self.now)
        for contact in self.live():
            for record in contact.records:
                if sent.source == "integration" and record.first.key == sent.key:
                    return self._receive_again(contact, record, sent, time)
                both = sent.source == record.first.source == "csv"
                if both and record.first.content == sent.content:
                    self.leads_to[self.number] = contact.number
                    return "unchanged"
        record = Record(self.number, [(time, self.number, sent)])
        joined = self._joined(sent)
        contact = joined or Contact(self.number, [], self.number)
        if joined:
            self._merge(self.number, joined.number, self.number)
        else:
            self.contacts[self.number] = contact
        contact.records.append(record)
        contact.changed = self.number
        self._attach(contact)
        return "merged" if joined else "created"

    def _joined(self, sent: Sent) -> Contact | None:
        if self.number in self.undone:
            return None
        rules = self._rules(sent)
        for kind, rule in rules:
            asked = {"phone": ["phones"], "email": ["emails"]}.get(rule, ["phones", "emails"])
            meet = [
                contact
                for contact in self.live()
                if contact.stage == kind
                and rule != "never"
                and all(
                    sent.identifiers(name) & set(contact.values(name)) - self.shared
                    for name in asked
                )
                and not self.are_apart(self.number, contact.number)
            ]
            if meet:
                joined = min(meet, key=lambda each: (-each.changed, each.number))
                enough = " ".join(each for asked_kind, each in rules if asked_kind == kind)
                for name in ("phones", "emails"):
                    if name[:-1] in enough:
                        both = sent.identifiers(name) & set(joined.values(name))
                        self.matched |= both - self.shared
                return joined
        return None

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

    def _receive_again(self, contact: Contact, record: Record, sent: Sent, time: datetime) -> str:
        self.leads_to[self.number] = contact.number
        news = False
        for name, said in sent.said.items():
            known = record.newest(name)
            if known is None:
                news = True
            elif (time, self.number) >= known[0]:
                own_time = sent.updated_at not in (None, known[1].updated_at)
                differs = _content(said) != _content(known[1].said[name])
                news |= differs or (own_time and time > known[0][0])
        if not news:
            return "unchanged"
        before = contact.says
        record.messages.append((time, self.number, sent))
        self._says_now(contact, before)
        self._attach(contact)
        return "updated"

    def withdraw(self, key: tuple[object, ...]) -> str:
        for contact in self.live():
            for record in contact.records:
                if record.first.key == key:
                    before = contact.says
                    contact.records.remove(record)
                    self._says_now(contact, before)
                    return "withdrawn"
        return "refused"

    def change_settings(self, changes: Mapping[str, str], shared: set[str] | None) -> str:
        before = self.settings, self.shared
        named = {name.removeprefix("integration_"): each for name, each in changes.items()}
        self.settings = self.settings | named
        self.shared = self.shared if shared is None else shared
        if before == (self.settings, self.shared):
            return "unchanged"
        self.settings_version += 1
        return "changed"

    def edit(
        self,
        target: int,
        texts: dict[str, str | None],
        added: dict[str, list[str]],
        removed: dict[str, list[str]],
        labelled: dict[str, dict[str, str]],
    ) -> str:
        contact = self.find(target)
        if contact is None or contact.deleted:
            return "refused"
        before = contact.says
        contact.by_hand()
        for name, text in texts.items():
            contact.texts_by_hand[name] = (text, self.number, self.now)
        for name in ("phones", "emails"):
            for record in contact.records:
                for value, at in record.listed(name).items():
                    if value in removed[name]:
                        record.hidden.add((name, value, at))
            known = contact.lists_by_hand[name]
            kept = {value: at for value, at in known.items() if value not in removed[name]}
            new = {value: (self.number, place) for place, value in enumerate(added[name])}
            contact.lists_by_hand[name] = new | kept
            for value in removed[name]:
                contact.labels_by_hand.pop((name, value), None)
            for value, label in labelled[name].items():
                contact.labels_by_hand[name, value] = label, self.number
        self._says_now(contact, before)
        if not contact.deleted:
            self._attach(contact)
        return "edited"

    def delete(self, target: int) -> str:
        contact = self.find(target)
        if contact is None or contact.deleted or contact.captured:
            return "refused"
        self._gone(contact)
        return "deleted"

    def restore(self, target: int) -> str:
        contact = self.find(target)
        if contact is None or not contact.deleted:
            return "refused"
        there = [record.first for each in self.live() for record in each.records]
        left = [r for r in contact.records if not any(_is_the_same(r.first, t) for t in there)]
        restored = Contact(
            contact.number,
            left,
            self.number,
            contact.texts_by_hand,
            contact.lists_by_hand,
            contact.labels_by_hand,
        )
        if not restored.has_something:
            return "refused"
        self.contacts[contact.number] = restored
        self._attach(restored)
        for activity in self.activities.values():
            if activity.assigned is not None and self.find(activity.assigned) is restored:
                activity.contact, activity.linked_by = activity.assigned, "assigned"
        return "restored"

    def merge(self, one: int, other: int) -> str:
        survivor, absorbed = self.find(one), self.find(other)
        if survivor is None or absorbed is None or survivor is absorbed:
            return "refused"
        if survivor.deleted or absorbed.deleted:
            return "refused"
        if self.number in self.undone:
            return "refused"
        for contact in (survivor, absorbed):
            contact.by_hand()
        survivor.records += absorbed.records
        _join(survivor.texts_by_hand, absorbed.texts_by_hand)
        _join(survivor.labels_by_hand, absorbed.labels_by_hand)
        for name, values in absorbed.lists_by_hand.items():
            for value, at in values.items():
                mine = survivor.lists_by_hand[name]
                mine[value] = min(at, mine.get(value, at))
        survivor.changed = self.number
        del self.contacts[absorbed.number]
        self._merge(self.number, survivor.number, absorbed.number)
        return "merged"

    def separate(self, one: int, other: int) -> str:
        a, b = self.find(one), self.find(other)
        if a is None or b is None or a is b:
            return "refused"
        self.apart.append((self.ids(a), self.ids(b)))
        return "separated"

    def happen(self, called: str | None, *, is_call: bool) -> str:
        """A call or a message."""
        activity = Activity(self.number, called, is_call=is_call)
        self.activities[self.number] = activity
        self._link(activity, self.number)
        activity.first = activity.contact
        return activity.linked_by

    def assign(self, number: int, target: int) -> str:
        contact = self.find(target)
        if contact is None or contact.deleted or not self.activities[number].is_call:
            return "refused"
        activity = self.activities[number]
        activity.assigned = activity.contact = target
        activity.linked_by = "assigned"
        return "assigned"

    # What follows

    def live(self) -> list[Contact]:
        return [contact for _, contact in sorted(self.contacts.items()) if not contact.deleted]

    def find(self, number: int | None) -> Contact | None:
        while number in self.leads_to:
            number = self.leads_to[number]
        if number in self.contacts:
            return self.contacts[number]
        # A lead that was captured elsewhere, but not here: it leads where its call went.
        activity = self.activities.get(_call_of(number)) if number is not None else None
        return self.find(activity.first) if activity and activity.first != number else None

    def ids(self, contact: Contact) -> set[int]:
        return {number for number in self.known if self.find(number) is contact}

    def _know(self) -> None:
        self.known |= self.contacts.keys()
        self.known |= {r.number for each in self.contacts.values() for r in each.records}

    def are_apart(self, one: int, other: int) -> bool:
        contact = self.contacts[other]
        return any(
            one in a and any(self.find(each) is contact for each in b)
            for sides in self.apart
            for a, b in (sides, sides[::-1])
        )

    def _merge(self, merge: int, survivor: int, absorbed: int) -> None:
        self.leads_to[absorbed] = survivor
        self.merged[merge] = absorbed
        self.survivors[merge] = survivor

    def _says_now(self, contact: Contact, before: object) -> None:
        if not contact.has_something:
            self._gone(contact)
        elif contact.says != before:
            contact.changed = self.number

    def _gone(self, contact: Contact) -> None:
        contact.deleted = True
        contact.changed = self.number
        for number, activity in sorted(self.activities.items()):
            if self.find(activity.contact) is contact:
                assigned = self.find(activity.assigned)
                if assigned is not None and not assigned.deleted:
                    activity.contact, activity.linked_by = activity.assigned, "assigned"
                else:
                    # The lead that it might need now is another than the one it came with.
                    self._link(activity, -(number * 10_000 + self.number))

    def _link(self, activity: Activity, lead: int) -> None:
        number = activity.called
        if number is None:
            activity.contact, activity.linked_by = None, "withheld"
            return
        exact = [each for each in self.live() if number in each.values("phones")]
        order = ["contact", "lead", "captured"]
        exact.sort(key=lambda each: (order.index(each.stage), -each.changed, each.number))
        longer = [
            each
            for each in self.live()
            if any(value.startswith(f"{number};ext=") for value in each.values("phones"))
            and not each.captured
        ]
        if exact:
            activity.linked_by = "number" if len(exact) == 1 else "most_recent"
            activity.contact = exact[0].number
        elif len(longer) == 1:
            activity.contact, activity.linked_by = longer[0].number, "number"
        else:
            self.contacts[lead] = Contact(lead, [], self.number, captured=number)
            activity.contact, activity.linked_by = lead, "new_lead"

    def _attach(self, contact: Contact) -> None:
        """A contact came to hold a captured number: the lead is absorbed."""
        for lead in self.live():
            if lead.captured and lead is not contact and lead.captured in contact.values("phones"):
                self.leads_to[lead.number] = contact.number
                del self.contacts[lead.number]


def _join(mine: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    """Of what was written into either of two the later: what, and when, and so on."""
    for name, told in theirs.items():
        if name not in mine or told[1] > mine[name][1]:
            mine[name] = told


def _is_the_same(one: Sent, other: Sent) -> bool:
    """Whether a source sent the same record, or file the same row, twice."""
    if one.source != other.source:
        return False
    if one.source == "csv":
        return one.content == other.content
    return one.integration is not None and one.key == other.key


def _call_of(lead: int) -> int:
    """The call that a lead was captured for, even where it was not the first."""
    return -lead // 10_000 if lead < 0 else lead


def _content(said: str | tuple[Value, ...]) -> object:
    return said if isinstance(said, str) else {(value.key, value.label) for value in said}
