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
- what an undo makes counts with the names of then, for who should look at it; else the names of
  the merge count;
- a label by hand goes with a number until that is removed by hand, whoever lists the number;
- a record that its source has sent anew since does not come back with a deleted contact, nor does
  a csv row that was imported again;
- what somebody deleted stays deleted, even if its source sent more under its id since, and took
  that back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.state_machine.commands import Sent, Value
from tests.state_machine.naive_account import Activity, NaiveAccount
from tests.state_machine.naive_contact import Contact, Labels, Lists, Record

NOTHING = {"refused", "rejected", "unchanged"}
"""What is said of commands that change nothing, and are not recorded."""


Happened = tuple[int, datetime, Callable[["Account"], str]]


class Account(NaiveAccount):
    """An account that remembers all that happened in it."""

    def __init__(self, apart: Iterable[tuple[set[int], set[int]]] = ()) -> None:
        super().__init__(apart)
        self.happened: list[Happened] = []
        self.lives_again = False

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
        again = self.again(self.happened, self.undone | {merge}, self.left_to)
        again.remember_ids(self)
        again.number, again.now = number, now
        again.separate(survivor, absorbed)
        again.attention = self.attention.after_undo(self, again, again.attention)
        self.__dict__ = again.__dict__

    def again(
        self, happened: list[Happened], undone: set[int], left_to: dict[int, int | None]
    ) -> "Account":
        """An account that lives through everything again, with some merges undone."""
        again = Account(self.apart)
        again.undone, again.left_to, again.known = undone, left_to, {*self.known}
        again.sent_before = {key: {each.number for each in of} for key, of in self.keyed.items()}
        again.lives_again = True
        for each in happened:
            again.number, again.now, what = each
            what(again)
            again.happened.append(each)
        again._know()
        again.lives_again = False
        return again

    def forget(self, sent: Sent) -> str:
        """A row that was taken out came once, and is remembered by its id in its source."""
        if sent.external_id is not None:
            record = Record(self.number, [(self.now, self.number, sent)])
            self.keyed.setdefault(sent.key, []).append(record)
        return "forgotten"

    # What happens

    def receive(self, sent: Sent) -> str:
        self.matched = set()
        if sent.source == "csv" and not sent.identifiers("phones") | sent.identifiers("emails"):
            return "rejected"
        time = self.now if sent.updated_at is None else min(sent.updated_at, self.now)
        for contact in self.live():
            for record in contact.records:
                if record.as_sent().is_repeated_by(sent):
                    if sent.external_id is not None:
                        return self._receive_again(contact, record, sent, time)
                    self.leads_to[self.number] = contact.number
                    return "unchanged"
        new = self._as_first_seen(Record(self.number, [(time, self.number, sent)]))
        if new is None:
            return "unchanged"
        joined = self._joined(new.as_sent())
        if sent.external_id is not None:
            self.keyed.setdefault(sent.key, []).append(new)
        contact = joined or Contact(self.number, [], self.number)
        if joined:
            self.attention.join(self.number, self.matched, joined, new)
            self._merge(self.number, joined.number, self.number)
        else:
            self.contacts[self.number] = contact
        contact.records.append(new)
        contact.changed = self.number
        self._attach(contact)
        return "merged" if joined else "created"

    def _as_first_seen(self, record: Record) -> Record | None:
        """A record as it comes, after what it said before somebody deleted it; or nothing new."""
        before, contact = self._deleted_by_hand(record.first)
        if contact is None:
            return record
        if before is not None:
            came = Record(self.number, [*before.messages, *record.messages], began=self.number)
            if came.values - before.values:
                return came
        self.leads_to[self.number] = contact.number
        return None

    def _deleted_by_hand(self, sent: Sent) -> tuple[Record | None, Contact | None]:
        """A contact that somebody deleted and that has what is sent, with the record, if any."""
        deleted = [
            (record.number, record, contact)
            for contact in self.contacts.values()
            for record in contact.records
            if contact.deleted and record.as_sent().is_repeated_by(sent)
        ]
        deleted.sort(key=lambda each: each[0])
        if not deleted:
            return None, None
        return (None, deleted[0][2]) if sent.external_id is None else deleted[-1][1:]

    def _joined(self, sent: Sent, but: Contact | None = None) -> Contact | None:
        if self.number in self.undone:
            return None
        rules = self._rules(sent)
        ids = {self.number, *(self._sent_under(sent.key) if sent.external_id is not None else ())}
        ids |= self.ids(but) if but else set()
        for kind, rule in rules:
            asked = {"phone": ["phones"], "email": ["emails"]}.get(rule, ["phones", "emails"])
            meet = [
                contact
                for contact in self.live()
                if contact.stage == kind
                and contact is not but
                and rule != "never"
                and all(
                    sent.identifiers(name) & set(contact.values(name)) - self.shared
                    for name in asked
                )
                and not any(self.are_apart(each, contact.number) for each in ids)
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
        before, ever = contact.says, record.ever()
        record.messages.append((time, self.number, sent))
        self._says_now(contact, before)
        joined = self._first_match(contact, record, ever)
        if joined:
            self.attention.join(self.number, self.matched, joined, record)
            self._bring(joined, contact)
        self._attach(joined or contact)
        return "merged" if joined else "updated"

    def _first_match(self, contact: Contact, record: Record, ever: Lists) -> Contact | None:
        """Whom a record joins that could not be matched by all that it ever said, and now can."""
        sent = record.as_sent()

        def can(said: Callable[[str], Iterable[str]]) -> bool:
            has = {name[:-1] for name in ("phones", "emails") if {*said(name)} - self.shared}
            rules = {rule for _, rule in self._rules(sent)} - {"never"}
            return any({*rule.split("_and_")} <= has for rule in rules)

        by_hand = [value for each in contact.lists_by_hand.values() for value in each]
        if can(lambda name: ever[name]) or not can(sent.identifiers):
            return None
        if len(contact.records) > 1 or any(map(_is_identifier, by_hand)):
            return None
        return self._joined(sent, but=contact)

    def _bring(self, survivor: Contact, absorbed: Contact) -> None:
        """All that a contact has goes to another one."""
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
        contact = self.find_for(target)
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
        there = {record.first.key for each in self.live() for record in each.records}
        left = [
            r for r in contact.records if r.first.external_id is None or r.first.key not in there
        ]
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
        if self.number in self.undone:
            return "refused"
        survivor, absorbed = self.find_for(one), self.find_for(other)
        if survivor is None or absorbed is None or survivor is absorbed:
            return "refused"
        if survivor.deleted or absorbed.deleted:
            return "refused"
        for contact in (survivor, absorbed):
            contact.by_hand()
        self._bring(survivor, absorbed)
        return "merged"

    def separate(self, one: int, other: int) -> str:
        a, b = self.find(one), self.find(other)
        if a is None or b is None or a is b:
            return "refused"
        if not self.lives_again:  # else those who are kept apart are so from the start
            self.apart.append((self.ids(a), self.ids(b)))
        return "separated"

    def settle(self, what: int | str) -> str:
        return self.attention.settle(what, self.shared)

    def happen(self, called: str | None, *, is_call: bool) -> str:
        """A call or a message."""
        activity = Activity(self.number, called, is_call=is_call)
        self.activities[self.number] = activity
        self._link(activity, self.number)
        activity.first = activity.contact
        return activity.linked_by

    def assign(self, number: int, target: int) -> str:
        contact = self.find_for(target)
        if contact is None or contact.deleted or not self.activities[number].is_call:
            return "refused"
        activity = self.activities[number]
        activity.assigned = activity.contact = target
        activity.linked_by = "assigned"
        return "assigned"


def _join(mine: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    """Of what was written into either of two the later: what, and when, and so on."""
    for name, told in theirs.items():
        if name not in mine or told[1] > mine[name][1]:
            mine[name] = told


def _is_identifier(value: str) -> bool:
    return value.startswith("+") or value.count("@") == 1


def _content(said: str | tuple[Value, ...]) -> object:
    return said if isinstance(said, str) else {(value.key, value.label) for value in said}
