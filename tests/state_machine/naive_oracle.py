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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tests.state_machine.commands import Sent, Value
from tests.state_machine.naive_contact import Contact, Labels, Lists, Record, call_of

NOTHING = {"refused", "rejected", "unchanged"}
"""What is said of commands that change nothing, and are not recorded."""


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
                if record.first.is_repeated_by(sent):
                    if sent.source == "integration":
                        return self._receive_again(contact, record, sent, time)
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
                first = [contact for contact in meet if self._holds_both(contact, sent)]
                joined = min(first or meet, key=lambda each: (-each.changed, each.number))
                enough = " ".join(each for asked_kind, each in rules if asked_kind == kind)
                for name in ("phones", "emails"):
                    if name[:-1] in enough:
                        both = sent.identifiers(name) & set(joined.values(name))
                        self.matched |= both - self.shared
                return joined
        return None

    def _holds_both(self, contact: Contact, sent: Sent) -> bool:
        return all(
            sent.identifiers(name) & set(contact.values(name)) - self.shared
            for name in ("phones", "emails")
        )

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
        added: Lists,
        removed: Lists,
        labelled: Labels,
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
        left = [r for r in contact.records if not any(r.first.is_repeated_by(t) for t in there)]
        restored = replace(contact, records=left, changed=self.number, captured=None, deleted=False)
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
        activity = self.activities.get(call_of(number)) if number is not None else None
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
        holding = [each for each in self.live() if number in each.values("phones")]
        exact = [each for each in holding if not each.captured]
        exact.sort(key=lambda each: (each.stage == "lead", -each.changed, each.number))
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
        elif holding:
            activity.contact, activity.linked_by = holding[0].number, "number"
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


def _content(said: str | tuple[Value, ...]) -> object:
    return said if isinstance(said, str) else {(value.key, value.label) for value in said}
