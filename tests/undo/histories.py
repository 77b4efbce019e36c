"""Random histories of an account, given to the product and to the oracle."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar

from application.commands.assign_call import assign_call
from application.commands.change_settings import change_settings
from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.commands.restore_contact import restore_contact
from application.commands.separate_contacts import separate_contacts
from application.commands.withdraw_record import withdraw_record
from application.documents.contacts import ContactDocument
from application.documents.merges import MergeDocument
from application.history.undo_merge import undo_merge
from application.ports import Reading
from application.reads.activities import show_activity
from application.reads.contacts import show_contact
from application.reads.merges import list_merges
from application.refusals import Refused
from infrastructure.account_log.log import EventLog
from tests.messages import call_from
from tests.state_machine.attention import compare_attention
from tests.state_machine.commands import Sent, Value
from tests.state_machine.few_are_many import link_the_others
from tests.state_machine.histories import BEGIN
from tests.state_machine.naive_contact import changes
from tests.state_machine.naive_oracle import Account
from tests.state_machine.store import Store, read, written
from tests.stores import Kind, new_place
from tests.undo.agreement import difference, expected, told

PHONES = tuple(Value(f"+131955501{number:02}", f"+131955501{number:02}") for number in range(5))
EXTENSION = Value("+13195550100 ext. 7", "+13195550100;ext=7")
WORDS = Value("n/a", None)
EMAILS = tuple(Value(f"{name}@b.test", f"{name}@b.test") for name in "abc")
LABELS = (None, None, None, "home", "work", "")
RULES = ("phone", "email", "phone_and_email", "never")
NAMES = ("Ann", "Bob", None)
COMPANIES = ("Acme", "Globex", None)
SOURCES = ("integration",) * 6 + ("csv",) * 3 + ("api",)
COMMANDS = {
    "receive": 30,
    "again": 14,
    "withdraw": 3,
    "settings": 2,
    "edit": 12,
    "delete": 6,
    "restore": 6,
    "merge": 8,
    "separate": 3,
    "call": 18,
    "assign": 8,
    "undo": 12,
}


class History:
    """One history, determined by its seed."""

    COMMANDS: ClassVar[Mapping[str, int]] = COMMANDS

    def __init__(
        self, kind: Kind, seed: int, length: int = 25, *, beside: "History | None" = None
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - a seed tells a history again
        self.length = length
        self._opened = ExitStack()
        self.store: Store = (
            beside.store if beside else Store(self._opened.enter_context(new_place(kind)))
        )
        self.account = "second" if beside else "first"
        self.now = BEGIN
        self.log: EventLog = self.store.open_account(self.account, self.now)
        self.oracle = Account()
        self.number = 0
        self.ids: dict[int, str] = {}
        """Ids that commands may be sent to: those of records, and of leads by their calls."""
        self.calls: dict[int, str] = {}
        self.sent: list[Sent] = []
        self.told: list[str] = []
        self.undone = 0

    def close(self) -> None:
        """Close the account."""
        self.store.close()
        self._opened.close()

    def live_through(self, *, check_always: bool = False) -> None:
        """Carry out the whole history; compare after every undo, at the end, or always."""
        for _ in range(self.length):
            name = self.live_on()
            if check_always or name.startswith("undo"):
                self.compare()
        self.compare()

    def live_on(self) -> str:
        """Do one more step. Returns its description."""
        name = self.random.choices(list(self.COMMANDS), list(self.COMMANDS.values()))[0]
        self.number += 1
        self.now += timedelta(hours=self.random.choice((0, 0, 1)))
        self.store.turn_to(self.account, self.now)
        getattr(self, name)()
        return name

    def do(self, told: str, product: Any, oracle: Any) -> tuple[Any, Any]:
        """Do the same in both. Returns both results."""
        self.told.append(f"{self.number}: {told}")
        try:
            result = product()
            self.after_each()
        except Refused as refused:
            result = refused
        expected = self.oracle.do(self.number, self.now, oracle)
        assert isinstance(result, Refused) == (expected == "refused"), (result, expected)
        return result, expected

    def after_each(self) -> None:
        """What is done after each step that is not refused."""
        link_the_others(self.log)

    # What may happen

    def receive(self) -> None:
        self._receive(self._sent(self.random.choice(SOURCES)))

    def again(self) -> None:
        if self.sent:
            sent = self.random.choice(self.sent)
            if sent.external_id is not None and self.random.random() < 0.8:
                fresh = self._sent(sent.source)
                sent = Sent(
                    source=sent.source,
                    kind=sent.kind,
                    integration=sent.integration,
                    external_id=sent.external_id,
                    updated_at=fresh.updated_at,
                    phones=fresh.phones,
                    emails=fresh.emails,
                    texts=fresh.texts,
                )
            self._receive(sent)

    def _receive(self, sent: Sent, import_id: str | None = None) -> str:
        self.sent.append(sent)
        (received,), expected = self.do(
            f"receive {sent}",
            lambda: receive_records(self.log, [read(sent)], by="sender", import_id=import_id),
            lambda oracle: oracle.receive(sent),
        )
        assert received.outcome == expected, (received, expected)
        if received.outcome == "created":
            self.ids[self.number] = received.contact_id
        elif received.outcome == "merged":
            with self.log.reading() as reading:
                (merge,) = reading.merges(limit=1)
            if merge.event.brings is None:  # else the contact of a record that was sent before
                self.ids[self.number] = merge.event.absorbed
        return str(expected)

    def withdraw(self) -> None:
        sent = self.random.choice(self.sent) if self.sent else None
        if sent is not None and sent.source == "integration":
            self.do(
                f"withdraw {sent.key}",
                lambda: withdraw_record(
                    self.log,
                    str(sent.integration),
                    sent.kind,  # type: ignore[arg-type]
                    str(sent.external_id),
                    by="sender",
                ),
                lambda oracle: oracle.withdraw(sent.key),
            )

    def settings(self) -> None:
        rules = {name: self.random.choice(RULES) for name in ("contacts", "leads")}
        shared = set(self.random.choice(((), (), (PHONES[4].key,), (EMAILS[2].key,))))
        fields = {f"integration_{name}": rule for name, rule in rules.items()}
        self.do(
            f"settings {rules} {shared}",
            lambda: change_settings(self.log, {**fields, "shared_identifiers": shared}, by="admin"),
            lambda oracle: oracle.change_settings(fields, shared),
        )

    def edit(self) -> None:
        target = self._target()
        if target is None:
            return
        texts = self._some({"name": ("Cat", "Dot", None), "company": ("Initech", None)})
        phones = self._values(PHONES) if self.random.random() < 0.5 else None
        emails = self._values(EMAILS) if self.random.random() < 0.3 else None
        contact = self.oracle.find(target)
        changed = changes(contact, {"phones": phones, "emails": emails})
        self.do(
            f"edit {target}: {texts}, added, removed and labelled {changed}",
            lambda: edit_contact(
                self.log,
                self.ids[target],
                ContactEdit(fields=texts, phones=written(phones), emails=written(emails)),
                by="agent",
            ),
            lambda oracle: oracle.edit(target, texts, *changed),
        )

    def delete(self) -> None:
        target = self._target()
        if target is not None:
            self.do(
                f"delete {target}",
                lambda: delete_contact(self.log, self.ids[target], by="agent"),
                lambda oracle: oracle.delete(target),
            )

    def restore(self) -> None:
        target = self._target(deleted=True)
        if target is not None:
            self.do(
                f"restore {target}",
                lambda: restore_contact(self.log, self.ids[target], by="agent"),
                lambda oracle: oracle.restore(target),
            )

    def merge(self) -> None:
        one, other = self._target(), self._target()
        if one is not None and other is not None:
            self.do(
                f"merge {one} {other}",
                lambda: merge_contacts(self.log, self.ids[one], self.ids[other], by="admin"),
                lambda oracle: oracle.merge(one, other),
            )

    def separate(self) -> None:
        one, other = self._target(), self._target()
        if one is not None and other is not None:
            self.do(
                f"separate {one} {other}",
                lambda: separate_contacts(self.log, self.ids[one], self.ids[other], by="admin"),
                lambda oracle: oracle.separate(one, other),
            )

    def call(self) -> None:
        number = self.random.choice((*PHONES, *PHONES, EXTENSION, WORDS))
        taken, _ = self.do(
            f"call {number.key}",
            lambda: record_activity(
                self.log,
                call_from(number.written, self.now),
                by="phone",
            ),
            lambda oracle: oracle.happen(number.canonical, is_call=True),
        )
        self.calls[self.number] = taken.activity_id
        with self.log.reading() as reading:
            activity = show_activity(reading, taken.activity_id)
        assert activity.linked_by == self.oracle.activities[self.number].linked_by
        if activity.linked_by == "new_lead" and activity.contact_id is not None:
            self.ids[self.number] = activity.contact_id

    def assign(self) -> None:
        target = self._target()
        if target is not None and self.calls:
            call = self.random.choice(list(self.calls))
            self.do(
                f"assign {call} {target}",
                lambda: assign_call(self.log, self.calls[call], self.ids[target], by="agent"),
                lambda oracle: oracle.assign(call, target),
            )

    def undo(self) -> None:
        if self.oracle.merged:
            merge = self.random.choice(sorted(self.oracle.merged))
            self.told.append(f"{self.number}: undo {merge}")
            undo_merge(self.log, self._merges()[merge], by="admin")
            self.oracle.undo(self.number, self.now, merge)
            self.undone += 1

    # What is compared

    def compare(self) -> None:
        """Check that both agree: contacts, values, links, merges."""
        with self.log.reading() as reading:
            contacts = self._contacts(reading)
            self._learn(contacts)
            numbers = {contact_id: number for number, contact_id in self.ids.items()}
            calls = {activity_id: number for number, activity_id in self.calls.items()}
            says = {each.id: told(reading, each, numbers, calls) for each in contacts}
            should = {each.number: expected(self.oracle, each) for each in self.oracle.live()}
            differ = difference(says.values(), should.values())
            assert not differ, differ
            for number, contact_id in self.ids.items():
                survivor, found = reading.survivor(contact_id), self.oracle.find(number)
                leads_to = says.get(survivor.contact_id) if survivor else None
                assert leads_to == (found and should.get(found.number)), (number, contact_id)
        merges = self._merges()
        assert set(merges) == set(self.oracle.merged)
        compare_attention(self.log, self.oracle, self.ids, merges)

    def verify(self) -> None:
        """Check what must always hold."""
        problems = self.log.verify(batch=7).problems
        assert not problems, problems

    def _contacts(self, reading: Reading) -> list[ContactDocument]:
        return [show_contact(reading, each) for each in reading.contact_ids(limit=10_000)]

    def _learn(self, contacts: list[ContactDocument]) -> None:
        """Identify records that appear only after an undo by their order."""
        numbers = {contact_id: number for number, contact_id in self.ids.items()}
        there = {record.id for contact in contacts for record in contact.records or ()}
        known = {numbers[each] for each in there if each in numbers}
        new = sorted(each for each in there if each not in numbers)
        records = {record.number for each in self.oracle.live() for record in each.records}
        assert len(new) == len(records - known), (new, records - known)
        self.ids |= dict(zip(sorted(records - known), new, strict=True))
        # Some are only known by their merge: their source has withdrawn them since.
        absorbed = {merge.absorbed for merge in self._merges_in_force()} - {*self.ids.values()}
        numbers_absorbed = {*self.oracle.merged.values()} - self.ids.keys()
        self.ids |= dict(zip(sorted(numbers_absorbed), sorted(absorbed), strict=True))

    def _merges(self) -> dict[int, str]:
        """The merges that hold, by the oracle's number."""
        numbers = {contact_id: number for number, contact_id in self.ids.items()}
        merges = {absorbed: number for number, absorbed in self.oracle.merged.items()}
        return {merges[numbers[each.absorbed]]: each.id for each in self._merges_in_force()}

    def _merges_in_force(self) -> list[MergeDocument]:
        with self.log.reading() as reading:
            merges = list_merges(reading, limit=10_000).items
        return [merge for merge in merges if merge.undone_at is None]

    # Random things

    def _target(self, *, deleted: bool = False) -> int | None:
        """An id to send a command to, preferably of a deleted or of a live contact."""
        fitting = [
            number
            for number in self.ids
            if (contact := self.oracle.find(number)) is not None and contact.deleted == deleted
        ]
        there = [number for number in self.ids if self.oracle.find(number) is not None]
        every = fitting if fitting and self.random.random() < 0.9 else there
        return self.random.choice(every) if every else None

    def _some(self, choices: dict[str, tuple[str | None, ...]]) -> dict[str, str | None]:
        chosen = {name: each for name, each in choices.items() if self.random.random() < 0.5}
        return {name: self.random.choice(each) for name, each in chosen.items()}

    def _values(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        some = self.random.sample(values, self.random.choice((0, 1, 1, 1, 2, 2, 3)))
        return tuple(value._replace(label=self.random.choice(LABELS)) for value in some)

    def _sent(self, source: str) -> Sent:
        is_csv, is_integration = source == "csv", source == "integration"
        phones = self._values((*PHONES, EXTENSION, WORDS) if not is_csv else PHONES)
        return Sent(
            source=source,
            kind=self.random.choice(("contact", "contact", "lead"))
            if is_integration
            else "contact",
            integration=self.random.choice(("hubspot", "salesforce")) if is_integration else None,
            external_id=self._external_id(source),
            updated_at=self._time() if is_integration else None,
            phones=None if self.random.random() < 0.15 and not is_csv else phones,
            emails=None if self.random.random() < 0.3 else self._values(EMAILS),
            texts={
                "name": self.random.choice(NAMES),
                "company": self.random.choice(COMPANIES),
            },
        )

    def _external_id(self, source: str) -> str | None:
        """That of a CRM's record, or of some rows: the cards of a vCard file."""
        has_one = source == "integration" or (source == "csv" and self.random.random() < 0.3)
        return self.random.choice("1234") if has_one else None

    def _time(self) -> datetime | None:
        if self.random.random() < 0.4:
            return None
        return BEGIN + timedelta(hours=self.random.randint(-3, 20))
