"""The machine: random commands for an account, and for an oracle beside it.

After every command the account and the oracle must agree. At the end of every history, and in the
middle of some, the machine checks what must always hold: the chain and the folds are sound, a
rebuild gives the same read models, what was sent before is not recorded again, and the same
commands in other batches and without another account's give the same bytes.

A failure prints the commands of a short history that fails, and a `@reproduce_failure(…)` line: put
it above `Histories` to see the failure again.
"""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar, cast, get_args

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application.commands.receive_records import Received
from application.documents.decisions import Outcome
from application.jobs.job import Job
from application.refusals import Refused
from tests.state_machine import histories
from tests.state_machine.commands import (
    Assign,
    Call,
    ChangeSettings,
    Command,
    Delete,
    Edit,
    ImportRows,
    Key,
    Merge,
    Message,
    Receive,
    Restore,
    Sent,
    Separate,
    Undo,
    Value,
    Withdraw,
    distinct,
)
from tests.state_machine.naive_oracle import NOTHING, Account, Contact
from tests.state_machine.reading import (
    ReadContact,
    ReadValue,
    read_contacts,
    read_holders,
    read_link,
    read_merges,
    read_survivor,
)
from tests.state_machine.store import Result, Store
from tests.stores import Kind, new_place

CANONICAL = {value.canonical for value in histories.PHONES + histories.EMAILS}
Happened = tuple[datetime, Command]
Thing = TypeVar("Thing")


class Histories(RuleBasedStateMachine):
    """One account and an oracle get commands; another account gets the same ones later."""

    KIND: Kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self._opened = ExitStack()
        self.now = histories.BEGIN
        self.store = Store(self._opened.enter_context(new_place(self.KIND)))
        self.log = self.store.open_account("first", self.now)
        self.oracle = Account()
        self.number = 0
        """The number of the last message, by which the oracle identifies what it brought."""
        self.times: dict[int, datetime] = {}
        self.ids: dict[int, str] = {}
        """The ids of records and of leads, by their number."""
        self.merges: dict[int, str] = {}
        """The ids of the merges that hold."""
        self.merges_by_hand: dict[str, int] = {}
        self.undone: list[str] = []
        self.sent: dict[Key, Sent] = {}
        """What integrations last sent for each record."""
        self.activities: dict[int, Call | Message] = {}
        self.happened: list[Happened] = []
        self.elsewhere = 0
        self.rebuilt = 0
        self.batching = "as sent"
        self.undo_in_the_end: int | None = None
        """In which order every merge that still holds is undone in the end, if they are."""

    @initialize(
        batching=st.sampled_from(("as sent", "one by one", "joined")),
        rules=histories.settings_at_first,
        leads=histories.leads_at_first,
        in_the_end=st.none() | histories.which,
    )
    def begin(
        self, batching: str, rules: ChangeSettings, leads: Receive, in_the_end: int | None
    ) -> None:
        self.batching = batching
        self.undo_in_the_end = in_the_end
        self.change_settings(0, rules)
        self.receive(0, leads)

    # --- What sources send

    @rule(hours=histories.hours, command=histories.received)
    def receive(self, hours: int, command: Receive) -> None:
        self._receive(hours, command)

    @rule(hours=histories.hours, command=histories.received_from_integrations)
    def receive_from_integrations(self, hours: int, command: Receive) -> None:
        self._receive(hours, command)

    @precondition(lambda self: self.sent)
    @rule(hours=histories.hours, which=histories.which, again=histories.again)
    def send_again(self, hours: int, which: int, again: histories.Again) -> None:
        """A source sends new values for a record that it sent before."""
        updated_at, phones, emails, texts = again
        sent = replace(
            self._sent(which), updated_at=updated_at, phones=phones, emails=emails, texts=texts
        )
        self._receive(hours, Receive((sent,)))

    @precondition(lambda self: self.sent)
    @rule(
        hours=histories.hours,
        which=histories.which,
        updated_at=histories.times,
        turned=st.booleans(),
    )
    def send_the_same_again(
        self, hours: int, which: int, updated_at: datetime | None, turned: bool
    ) -> None:
        """A source repeats a record at another time, perhaps with its lists reversed."""
        sent = replace(self._sent(which), updated_at=updated_at)
        if turned:
            phones = sent.phones and sent.phones[::-1]
            sent = replace(sent, phones=phones, emails=sent.emails and sent.emails[::-1])
        self._receive(hours, Receive((sent,)))

    @rule(hours=histories.hours, command=histories.imported)
    def import_rows(self, hours: int, command: ImportRows) -> None:
        self._import(hours, command)

    @precondition(lambda self: self.imports)
    @rule(hours=histories.hours, which=histories.which)
    def import_again(self, hours: int, which: int) -> None:
        self._import(hours, _pick(self.imports, which))

    @precondition(lambda self: self.sent)
    @rule(hours=histories.hours, which=histories.which, twice=st.booleans())
    def withdraw(self, hours: int, which: int, twice: bool) -> None:
        """An integration takes a record back; the second time it does not exist."""
        key = self._sent(which).key
        command = Withdraw(str(key[0]), key[1], str(key[2]))
        for _ in range(1 + twice):
            self._do(hours, command, lambda oracle: oracle.withdraw(key))
        self._compare()

    @rule(hours=histories.hours, command=histories.settings_changed)
    def change_settings(self, hours: int, command: ChangeSettings) -> None:
        shared = None if command.shared is None else {value.key for value in command.shared}
        self._do(hours, command, lambda oracle: oracle.change_settings(command.changes, shared))

    # --- By hand

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, which=histories.which, wanted=histories.wanted)
    def edit(self, hours: int, which: int, wanted: histories.Wanted) -> None:
        self._edit(hours, which, wanted)

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, which=histories.which, texts=histories.texts_wanted)
    def edit_texts(self, hours: int, which: int, texts: dict[str, str | None]) -> None:
        self._edit(hours, which, (texts, None, None))

    def _edit(self, hours: int, which: int, wanted: histories.Wanted) -> None:
        number, contact_id = self._target(which)
        contact = self.oracle.find(number)
        texts, added, removed = wanted[0], dict[str, list[str]](), dict[str, list[str]]()
        labelled: dict[str, dict[str, str]] = {}
        for name, values in (("phones", wanted[1]), ("emails", wanted[2])):
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
        says = {name: text if text and text.strip() else None for name, text in texts.items()}
        self._do(
            hours,
            Edit(contact_id, *wanted),
            lambda oracle: oracle.edit(number, says, added, removed, labelled),
        )
        self._compare()

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, which=histories.which, comes_back=st.booleans())
    def delete(self, hours: int, which: int, comes_back: bool) -> None:
        self._delete(hours, *self._target(which, _may_be_deleted), comes_back=comes_back)

    def _delete(self, hours: int, number: int, contact_id: str, *, comes_back: bool) -> None:
        self._do(hours, Delete(contact_id), lambda oracle: oracle.delete(number))
        self._compare()
        if comes_back:
            self._do(0, Restore(contact_id), lambda oracle: oracle.restore(number))
            self._compare()

    @precondition(lambda self: any(map(_may_come_back, self.oracle.contacts.values())))
    @rule(hours=histories.hours, which=histories.which)
    def restore(self, hours: int, which: int) -> None:
        number, contact_id = self._target(which, _may_come_back)
        self._do(hours, Restore(contact_id), lambda oracle: oracle.restore(number))
        self._compare()

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, one=histories.which, other=histories.which)
    def merge(self, hours: int, one: int, other: int) -> None:
        survivor, survivor_id = self._target(one)
        absorbed, absorbed_id = self._target(other, self._is_another(survivor))
        merge_id = self._do(
            hours,
            Merge(survivor_id, absorbed_id),
            lambda oracle: oracle.merge(survivor, absorbed),
        )
        if isinstance(merge_id, str):
            self.merges_by_hand[merge_id] = self.number
        self._compare()

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, one=histories.which, other=histories.which)
    def separate(self, hours: int, one: int, other: int) -> None:
        a, a_id = self._target(one)
        b, b_id = self._target(other, self._is_another(a))
        self._do(hours, Separate(a_id, b_id), lambda oracle: oracle.separate(a, b))

    @precondition(lambda self: self.merges)
    @rule(hours=histories.hours, which=histories.which, twice=st.booleans())
    def undo(self, hours: int, which: int, twice: bool) -> None:
        """Undo a merge; a merge that is undone already stays so."""
        number = _pick(sorted(self.merges), which)
        self.undone.append(self.merges[number])
        self._perform(hours, Undo(self.undone[-1]))
        self.oracle.undo(self.number, self.now, number)
        self._compare()
        if twice:
            self._do(0, Undo(_pick(self.undone, which)), lambda _: "refused")

    # --- Calls and messages

    @rule(hours=histories.hours, calls=histories.calls)
    def call(self, hours: int, calls: Sequence[tuple[type[Call | Message], Value | None]]) -> None:
        for make, number in calls:
            name = f"{make.__name__.lower()} {self.number + 1}"
            self._happen(make(name, number, self.now), hours)
        self._compare()

    def _happen(self, activity: Call | Message, hours: int) -> None:
        called, is_call = activity.number and activity.number.canonical, isinstance(activity, Call)
        self._do(hours, activity, lambda oracle: oracle.happen(called, is_call=is_call))
        self.activities[self.number] = activity
        contact_id, linked_by = read_link(self.log, activity.activity_id)
        if linked_by == "new_lead":
            self.ids[self.number] = str(contact_id)

    @precondition(lambda self: self.activities and self.ids)
    @rule(
        hours=histories.hours,
        activities=st.lists(histories.which, min_size=1, max_size=3),
        which=histories.which,
        comes_back=st.booleans(),
    )
    def assign(self, hours: int, activities: Sequence[int], which: int, comes_back: bool) -> None:
        """Assign calls to a contact, which may then be deleted and restored."""
        number, contact_id = self._target(which)
        calls = [each for each, activity in self.activities.items() if isinstance(activity, Call)]
        for activity in activities:
            call = _pick(calls if calls and activity % 8 < 7 else list(self.activities), activity)
            command = Assign(self.activities[call].activity_id, contact_id)
            self._assign(hours, command, call, number)
        self._compare()
        if comes_back:
            self._delete(hours, number, contact_id, comes_back=True)

    def _assign(self, hours: int, command: Assign, call: int, number: int) -> None:
        self._do(hours, command, lambda oracle: oracle.assign(call, number))

    # --- What changes nothing

    @precondition(lambda self: self.elsewhere < len(self.happened) / 4)
    @rule(number=st.integers(1, 6))
    def happen_in_another_account(self, number: int) -> None:
        """Give the other account the same commands, later: its ids are the same."""
        if "second" not in self.store.logs:
            self.store.open_account("second", self.now)
        for _, command in self.happened[self.elsewhere : self.elsewhere + number]:
            self.store.perform("second", command, self.now)
            self.elsewhere += 1

    @precondition(lambda self: len(self.happened) >= self.rebuilt + 6)
    @rule(batch=st.integers(1, 9))
    def rebuild(self, batch: int) -> None:
        """A rebuild gives the same read models, whatever its batch."""
        self.rebuilt = len(self.happened)
        before = self.store.dump("first")
        assert self.log.rebuild(batch=batch).differences == ()
        assert self.store.dump("first") == before

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # else it has failed already
                self._check_what_must_hold()
        finally:
            self.store.close()
            self._opened.close()

    # --- Choices

    @property
    def imports(self) -> list[ImportRows]:
        return [command for _, command in self.happened if isinstance(command, ImportRows)]

    def _sent(self, which: int) -> Sent:
        return _pick(list(self.sent.values()), which)

    def _target(
        self, which: int, fits: Callable[[Contact], bool] = lambda contact: not contact.deleted
    ) -> tuple[int, str]:
        """An id to send a command to, which mostly leads to a fitting contact."""
        fitting = [
            number
            for number in self.ids
            if (contact := self.oracle.find(number)) is not None and fits(contact)
        ]
        number = _pick(fitting if fitting and which % 8 < 7 else list(self.ids), which)
        return number, self.ids[number]

    def _is_another(self, number: int) -> Callable[[Contact], bool]:
        contact = self.oracle.find(number)
        return lambda other: not other.deleted and other is not contact

    # --- Both get the same commands

    def _perform(self, hours: int, command: Command) -> Result:
        self.number += 1
        self.now += timedelta(hours=hours)
        self.times[self.number] = self.now
        self.happened.append((self.now, command))
        result = self.store.perform("first", command, self.now)
        note(f"{self.now:%d %H:%M} {command}" + f" - {result}" * isinstance(result, Refused))
        return result

    def _do(self, hours: int, command: Command, what: Callable[[Account], str]) -> Result:
        length = self.length
        result = self._perform(hours, command)
        expected = self.oracle.do(self.number, self.now, what)
        assert isinstance(result, Refused) == (expected == "refused"), expected
        assert (self.length == length) == (expected in NOTHING), expected
        return result

    @property
    def length(self) -> int:
        return self.log.recorder.max_notification_id() or 0

    def _receive(self, hours: int, command: Receive) -> None:
        length = self.length
        results = cast(list[Received], self._perform(hours, command))
        outcomes = [
            self._compare_result(result, self._tell(sent), sent)
            for result, sent in zip(results, command.records, strict=True)
        ]
        assert (self.length == length) == (set(outcomes) <= NOTHING)
        self._compare()

    def _import(self, hours: int, command: ImportRows) -> None:
        length = self.length
        imported = cast(Job, self._perform(hours, command))
        outcomes = Counter(self._tell(sent) for sent in command.records)
        assert imported.done == len(command.records)
        assert imported.result == {each: outcomes[each] for each in get_args(Outcome)}
        assert (self.length == length) == (set(outcomes) <= NOTHING)
        self._compare()

    def _tell(self, sent: Sent) -> str:
        if sent.source == "integration":
            self.sent[sent.key] = sent
        self.number += 1
        self.times[self.number] = self.now
        return self.oracle.do(self.number, self.now, lambda oracle: oracle.receive(sent))

    def _compare_result(self, result: Received, outcome: str, sent: Sent) -> str:
        assert result.outcome == outcome, sent
        if outcome == "rejected":
            assert result.contact_id is None
            assert result.error is not None
            assert result.error.reason
            return outcome
        if outcome == "created":
            self.ids[self.number] = str(result.contact_id)
        contact = self.oracle.find(self.number)
        assert contact is not None
        # An id that is not known yet is that of a contact imported from a file a moment ago.
        assert self.ids.get(contact.number, result.contact_id) == result.contact_id
        decision = result.decision
        assert decision is not None
        assert decision.settings_version == self.oracle.settings_version
        assert {identifier.value for identifier in decision.matched} == self.oracle.matched
        winners = [each.contact_id for each in decision.candidates if not each.lost_because]
        assert winners == ([result.contact_id] if outcome == "merged" else [])
        assert (result.merge_id is not None) == (outcome == "merged")
        return outcome

    # --- Both must agree

    def _compare(self) -> None:
        """Check that the account and the oracle agree."""
        contacts, expected = read_contacts(self.log), self.oracle.live()
        self._learn(contacts, expected)
        told = {contact.id: self._told(contact) for contact in contacts}
        for each in expected:
            says = told.pop(self.ids[each.number], {})
            for name, value in self._expected(each).items():
                assert says.get(name) == value, f"{self.ids[each.number]}: {name}"
        assert not told
        _check_captured(contacts)
        numbers = {contact_id: number for number, contact_id in self.ids.items()}
        self.merges = {
            self.merges_by_hand[merge.id]
            if merge.id in self.merges_by_hand
            else numbers[merge.absorbed]: merge.id
            for merge in read_merges(self.log)
            if merge.undone_at is None
        }
        assert self.merges.keys() == self.oracle.merged.keys()

    def _learn(self, contacts: Sequence[ReadContact], expected: Sequence[Contact]) -> None:
        """Learn new ids by their order, and those of leads by their activities."""
        known = set(self.ids.values())
        new = sorted({r.id for contact in contacts for r in contact.records} - known)
        numbers = sorted({r.number for each in expected for r in each.records} - self.ids.keys())
        self.ids |= dict(zip(numbers, new, strict=True))
        leads = {each.phones[0].value: each.id for each in contacts if _is_captured(each)}
        for each in expected:
            if each.captured:
                self.ids.setdefault(each.number, leads[each.captured])

    def _told(self, contact: ReadContact) -> dict[str, object]:
        """A contact in the form of the oracle."""
        numbers = {contact_id: number for number, contact_id in self.ids.items()}

        def values(shown: Sequence[ReadValue]) -> list[tuple[str, str | None, set[int], bool]]:
            assert all(each.matchable == (each.value in CANONICAL) for each in shown)
            return [
                (each.value, each.label, {numbers[id_] for id_ in each.records}, each.by_hand)
                for each in shown
            ]

        return {
            "kind": contact.kind,
            "phones": values(contact.phones),
            "emails": values(contact.emails),
            "texts": {
                name: (value, record_id and numbers[record_id], since)
                for name, (value, record_id, since) in contact.attributes.items()
            },
            "records": {numbers[record.id]: record[1:] for record in contact.records},
            "counterparts": contact.counterparts,
            "activities": contact.activities,
            "updated_at": contact.updated_at if not self.undone else None,
        }

    def _expected(self, contact: Contact) -> dict[str, object]:
        records = {
            record.number: (
                record.first.source,
                record.first.integration,
                record.first.kind,
                record.first.external_id,
                max(time for time, _, _ in record.messages),
                frozenset(record.listed("phones")),
                frozenset(record.listed("emails")),
                {name: text for name, (text, _, _) in record.texts().items()},
            )
            for record in contact.records
        }
        return {
            "kind": contact.kind,
            **{
                name: [
                    (
                        value,
                        contact.label(name, value),
                        records,
                        value in contact.lists_by_hand[name],
                    )
                    for value, records in contact.values(name).items()
                ]
                for name in ("phones", "emails")
            },
            "texts": contact.texts(),
            "records": records,
            "counterparts": contact.counterparts(),
            "activities": {
                self.activities[number].activity_id: each.linked_by
                for number, each in self.oracle.activities.items()
                if self.oracle.find(each.contact) is contact
            },
            "updated_at": self.times[contact.changed] if not self.undone else None,
        }

    # --- What must hold at the end

    def _check_what_must_hold(self) -> None:
        while self.merges and self.undo_in_the_end is not None:
            self.undo(0, self.undo_in_the_end, twice=False)
        for log in self.store.logs.values():
            assert log.verify(batch=7).problems == ()
        self._check_leads()
        self._check_index()
        self._send_all_again()
        assert self._replayed() == self.store.dump("first")

    def _check_leads(self) -> None:
        """Every id ever given leads to the contact that has its record or call."""
        for number, contact_id in self.ids.items():
            contact = self.oracle.find(number)
            live = contact is not None and not contact.deleted
            expected = self.ids[contact.number] if contact and live else None
            assert read_survivor(self.log, contact_id) == expected, contact_id
        for number, activity in self.oracle.activities.items():
            contact = self.oracle.find(activity.contact)
            link = contact and self.ids[contact.number], activity.linked_by
            assert read_link(self.log, self.activities[number].activity_id) == link

    def _check_index(self) -> None:
        """Every identifier finds the contacts that hold it, and no other."""
        for kind, values in (("phone", histories.PHONES), ("email", histories.EMAILS)):
            for value in values:
                if value.canonical is not None:
                    assert set(read_holders(self.log, kind, value.written)) == {
                        self.ids[contact.number]
                        for contact in self.oracle.live()
                        if value.canonical in contact.values(f"{kind}s")
                    }

    def _send_all_again(self) -> None:
        """Check that records that are sent again are not recorded again."""
        length, said = self.length, dict[str, list[Sent]]({"integration": [], "csv": []})
        for contact in self.oracle.live():
            for record in contact.records:
                newest = max(record.messages, key=lambda message: message[:2])[2]
                said.get(newest.source, []).append(newest)
        self.store.perform("first", Receive(tuple(said["integration"])), self.now)
        self.store.perform("first", ImportRows(tuple(said["csv"])), self.now)
        for activity in self.activities.values():
            self.store.perform("first", activity, self.now)
        assert self.length == length

    def _replayed(self) -> dict[str, list[object]]:
        """The first account again: the same commands in a separate store."""
        with new_place(self.KIND) as place, closing(Store(place)) as store:
            store.open_account("first", histories.BEGIN)
            for at, command in _batched(self.happened, self.batching):
                store.perform("first", command, at)
            return store.dump("first")


def _pick(things: Sequence[Thing], which: int) -> Thing:
    """One of these; the newest in a shrunk history, so that earlier ones can be left out."""
    return things[-1 - which % len(things)]


def _may_be_deleted(contact: Contact) -> bool:
    return not contact.deleted and not contact.captured


def _may_come_back(contact: Contact) -> bool:
    return contact.deleted and contact.has_something


def _is_captured(contact: ReadContact) -> bool:
    return contact.kind == "lead" and not contact.records


def _check_captured(contacts: Sequence[ReadContact]) -> None:
    """A captured lead exists only while no contact has its number."""
    held = Counter(each.value for contact in contacts for each in contact.phones)
    for contact in contacts:
        assert not _is_captured(contact) or held[contact.phones[0].value] == 1


def _batched(happened: Sequence[Happened], batching: str) -> Iterator[Happened]:
    """The same commands at the same times, with records in other batches."""
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


class HistoriesOnPostgresql(Histories):
    """The same on the other store."""

    KIND = "postgresql"


def check_histories(
    number: int, phases: Collection[Phase] = tuple(Phase), kind: Kind = "sqlite"
) -> None:
    """Check a number of random histories, always the same ones."""
    run_state_machine_as_test(
        Histories if kind == "sqlite" else HistoriesOnPostgresql,
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
