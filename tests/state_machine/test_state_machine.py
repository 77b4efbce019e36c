"""Random histories of an account, beside an oracle that tells the rules in its own words.

After every command the account says what the oracle says. At the end of every history, and in the
middle of some, what must always hold is checked: the chain and the fold are sound, read models
come out the same from a rebuild, the same commands in other batches and without another account's
make the same bytes.

A failure prints a `@reproduce_failure(…)` line: put it above `Histories` to see it again.
"""

import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application.import_file import Imported
from application.receive_records import Received
from tests.state_machine import histories
from tests.state_machine.commands import ChangeSettings, Command, ImportRows, Receive, Withdraw
from tests.state_machine.oracle import Account, Contact, Outcome, Record
from tests.state_machine.reading import (
    ReadContact,
    ReadValue,
    read_contacts,
    read_holders,
    read_survivor,
)
from tests.state_machine.store import Store

CANONICAL = {value.canonical for value in histories.PHONES + histories.EMAILS}
Happened = tuple[datetime, Command]


class Histories(RuleBasedStateMachine):
    """One account gets commands, and another beside it; an oracle is told the first's."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.now = histories.BEGIN
        self.store = Store(self.folder / "store")
        self.log = self.store.open_account("first", self.now)
        self.store.open_account("second", self.now)
        self.oracle = Account()
        self.numbers: dict[str, int] = {}
        """The oracle's number of every record, by its id."""
        self.happened: list[Happened] = []
        self.elsewhere = 0
        self.imported_again = 0
        self.rebuilt = 0
        self.batching = "as sent"

    @initialize(
        batching=st.sampled_from(("as sent", "one by one", "joined")),
        rules=histories.settings_at_first,
        leads=histories.leads_at_first,
    )
    def begin(self, batching: str, rules: ChangeSettings, leads: Receive) -> None:
        self.batching = batching
        self._change_settings(0, rules)
        self._receive(0, leads)

    @rule(hours=histories.hours, command=histories.received)
    def receive(self, hours: int, command: Receive) -> None:
        self._receive(hours, command)

    @rule(hours=histories.hours, command=histories.received_from_integrations)
    def receive_from_integrations(self, hours: int, command: Receive) -> None:
        self._receive(hours, command)

    @precondition(lambda self: self.known)
    @rule(hours=histories.hours, which=st.integers(0, 31), message=histories.messages)
    def send_again(self, hours: int, which: int, message: histories.Message) -> None:
        """A source says something else of a record that it sent before."""
        updated_at, phones, emails, texts = message
        sent = self._known(which).messages[-1].sent
        again = replace(sent, updated_at=updated_at, phones=phones, emails=emails, texts=texts)
        self._receive(hours, Receive((again,)))

    @precondition(lambda self: self.known)
    @rule(
        hours=histories.hours,
        which=st.integers(0, 31),
        updated_at=histories.times,
        turned=st.booleans(),
    )
    def send_the_same_again(
        self, hours: int, which: int, updated_at: datetime | None, turned: bool
    ) -> None:
        """A source repeats what it said of a record, at another time, its lists turned or not."""
        sent = self._known(which).messages[-1].sent
        if turned:
            phones = sent.phones and sent.phones[::-1]
            sent = replace(sent, phones=phones, emails=sent.emails and sent.emails[::-1])
        self._receive(hours, Receive((replace(sent, updated_at=updated_at),)))

    @rule(hours=histories.hours, command=histories.imported)
    def import_rows(self, hours: int, command: ImportRows) -> None:
        self._import(hours, command)

    @precondition(lambda self: self.imported_again * 2 < len(self.imports))
    @rule(hours=histories.hours, which=st.integers(0, 31))
    def import_again(self, hours: int, which: int) -> None:
        """The rows of an earlier import change nothing, whatever came since."""
        self.imported_again += 1
        length = self.log.recorder.max_notification_id()
        imported = self._import(hours, self.imports[which % len(self.imports)])
        assert (imported.created, imported.merged, imported.updated) == (0, 0, 0)
        assert self.log.recorder.max_notification_id() == length

    @precondition(lambda self: self.known)
    @rule(hours=histories.hours, which=st.integers(0, 31), twice=st.booleans())
    def withdraw(self, hours: int, which: int, twice: bool) -> None:
        """An integration takes a record back; a second time there is none."""
        sent = self._known(which).first
        command = Withdraw(str(sent.integration), sent.kind, str(sent.external_id))
        for _ in range(1 + twice):
            contact_id = self._perform(hours, command)
            contact = self.oracle.withdraw(sent.key, self.now)
            assert (contact_id is None) == (contact is None)
            if contact is not None:
                assert self.numbers[str(contact_id)] == contact.number
        self._compare()

    @rule(hours=histories.hours, command=histories.settings_changed)
    def change_settings(self, hours: int, command: ChangeSettings) -> None:
        self._change_settings(hours, command)

    @precondition(lambda self: self.elsewhere < len(self.happened) / 4)
    @rule(command=st.one_of(histories.received, histories.imported, histories.settings_changed))
    def happen_in_another_account(self, command: Command) -> None:
        self.elsewhere += 1
        self.store.perform("second", command, self.now)

    @precondition(lambda self: len(self.happened) >= self.rebuilt + 6)
    @rule(batch=st.integers(1, 9))
    def rebuild(self, batch: int) -> None:
        """Read models come out the same, whatever the batch."""
        self.rebuilt = len(self.happened)
        before = self.store.dump("first")
        assert self.log.rebuild(batch=batch).differences == ()
        assert self.store.dump("first") == before

    def teardown(self) -> None:
        try:
            for log in self.store.logs.values():
                assert log.verify(batch=7).problems == ()
            self._check_leads()
            self._check_index()
            assert self._replayed() == self.store.dump("first")
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    @property
    def imports(self) -> list[ImportRows]:
        return [command for _, command in self.happened if isinstance(command, ImportRows)]

    @property
    def known(self) -> list[Record]:
        """The records that an integration can send again."""
        return [
            record
            for contact in self.oracle.contacts
            for record in contact.records
            if record.first.source == "integration"
        ]

    def _known(self, which: int) -> Record:
        return self.known[which % len(self.known)]

    def _perform(self, hours: int, command: Command) -> object:
        self.now += timedelta(hours=hours)
        self.happened.append((self.now, command))
        return self.store.perform("first", command, self.now)

    def _change_settings(self, hours: int, command: ChangeSettings) -> None:
        shared = command.shared
        self.oracle.change_settings(
            dict(command.changes), None if shared is None else {value.key for value in shared}
        )
        self._perform(hours, command)

    def _receive(self, hours: int, command: Receive) -> None:
        results = self._perform(hours, command)
        assert isinstance(results, list)
        for result, sent in zip(results, command.records, strict=True):
            self._compare_result(result, *self.oracle.receive(sent, self.now))
        self._compare()

    def _import(self, hours: int, command: ImportRows) -> Imported:
        imported = self._perform(hours, command)
        outcomes = Counter(self.oracle.receive(sent, self.now)[0] for sent in command.records)
        assert imported == Imported(
            rows=len(command.records),
            created=outcomes["created"],
            merged=outcomes["merged"],
            updated=outcomes["updated"],
            unchanged=outcomes["unchanged"],
            rejected=outcomes["rejected"],
        )
        self._compare()
        assert isinstance(imported, Imported)
        return imported

    def _compare_result(
        self, result: Received, outcome: Outcome, contact: Contact | None, matched: set[str]
    ) -> None:
        assert result.outcome == outcome
        if contact is None or result.contact_id is None:
            assert contact is None
            assert result.contact_id is None
            assert result.error is not None
            assert result.error.reason
            return
        if outcome == "created":
            self.numbers[result.contact_id] = contact.number
        # An id that is not known yet is that of a contact imported from a file a moment ago.
        assert self.numbers.get(result.contact_id, contact.number) == contact.number
        decision = result.decision
        assert decision is not None
        assert decision.settings_version == self.oracle.settings_version
        assert {identifier.value for identifier in decision.matched} == matched
        winners = [each.contact_id for each in decision.candidates if not each.lost_because]
        assert winners == ([result.contact_id] if outcome == "merged" else [])
        assert (result.merge_id is not None) == (outcome == "merged")

    def _compare(self) -> None:
        """The account says what the oracle says."""
        expected = [contact for contact in self.oracle.contacts if contact.records]
        for contact, each in zip(read_contacts(self.log), expected, strict=True):
            self._learn(contact, each)
            assert self._told(contact) == self._expected(each)

    def _learn(self, contact: ReadContact, expected: Contact) -> None:
        """Ids of contacts and of what they absorbed stay the same record's for ever."""
        numbers = [expected.number, *expected.absorbed]
        for contact_id, number in zip([contact.id, *contact.absorbed], numbers, strict=True):
            assert self.numbers.setdefault(contact_id, number) == number
        assert len(set(self.numbers.values())) == len(self.numbers)

    def _told(self, contact: ReadContact) -> tuple[object, ...]:
        """A contact in the oracle's words."""

        def values(shown: Sequence[ReadValue]) -> list[tuple[str, set[int]]]:
            assert all(each.matchable == (each.value in CANONICAL) for each in shown)
            return [(each.value, {self.numbers[id_] for id_ in each.records}) for each in shown]

        attributes = {
            name: (value, record_id and self.numbers[record_id], since)
            for name, (value, record_id, since) in contact.attributes.items()
        }
        return (
            contact.kind,
            values(contact.phones),
            values(contact.emails),
            attributes,
            {self.numbers[record.id]: record[1:] for record in contact.records},
            contact.counterparts,
            contact.updated_at,
        )

    def _expected(self, contact: Contact) -> tuple[object, ...]:
        texts: dict[str, tuple[object, ...]] = dict(contact.texts())
        if "name" in texts:  # a contact's name is shown alone
            texts["name"] = (texts["name"][0], None, None)
        records = {
            record.number: (
                record.first.source,
                record.first.integration,
                record.first.kind,
                record.first.external_id,
                max(message.time for message in record.messages),
                frozenset(record.values("phones")),
                frozenset(record.values("emails")),
                {name: message.sent.said[name] for name, message in record.texts().items()},
            )
            for record in contact.records
        }
        return (
            contact.kind,
            list(contact.values("phones").items()),
            list(contact.values("emails").items()),
            texts,
            records,
            contact.counterparts(),
            self.oracle.times[contact.changed - 1],
        )

    def _check_leads(self) -> None:
        """Every id that was ever given leads to the live contact that holds its record, if any."""
        ids = {number: contact_id for contact_id, number in self.numbers.items()}
        for contact in self.oracle.contacts:
            expected = ids[contact.number] if contact.records else None
            for number in (contact.number, *contact.absorbed):
                assert read_survivor(self.log, ids[number]) == expected

    def _check_index(self) -> None:
        """Every identifier finds the contacts that hold it, and no other."""
        for kind, values in (("phone", histories.PHONES), ("email", histories.EMAILS)):
            for value in values:
                if value.canonical is not None:
                    assert {
                        self.numbers[each] for each in read_holders(self.log, kind, value.written)
                    } == {
                        contact.number
                        for contact in self.oracle.contacts
                        if value.canonical in contact.values(f"{kind}s")
                    }

    def _replayed(self) -> dict[str, list[object]]:
        """The first account, given the same commands in a store of its own."""
        store = Store(self.folder / "replayed")
        try:
            store.open_account("first", histories.BEGIN)
            for at, command in _batched(self.happened, self.batching):
                store.perform("first", command, at)
            return store.dump("first")
        finally:
            store.close()


def _batched(happened: Sequence[Happened], batching: str) -> Iterator[Happened]:
    """The same commands at the same times in other batches: records one by one, or joined."""
    if batching == "as sent":
        yield from happened
        return
    for (at, make), group in groupby(happened, key=lambda each: (each[0], type(each[1]))):
        if make is Receive or make is ImportRows:
            records = tuple(
                sent
                for _, command in group
                if isinstance(command, Receive | ImportRows)
                for sent in command.records
            )
            if batching == "joined":
                yield at, make(records)
            else:
                yield from ((at, make((sent,))) for sent in records)
        else:
            yield from group


def check_histories(number: int, phases: Collection[Phase] = tuple(Phase)) -> None:
    """Check this many random histories, always the same ones."""
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=number,
            phases=phases,
            stateful_step_count=40,
            derandomize=True,
            print_blob=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_histories_say_what_the_rules_say() -> None:
    check_histories(200)


@pytest.mark.heavy
def test_many_random_histories_say_what_the_rules_say() -> None:
    check_histories(1_000)
