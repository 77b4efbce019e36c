"""The machine: random commands for an account, and for an oracle beside it.

After every command the account and the oracle must agree. At the end of every history, and in the
middle of some, the machine checks what must always hold: the chain and the folds are sound, a
rebuild gives the same read models, what was sent before is not recorded again, and the same
commands in other batches and without another account's give the same bytes.

A failure prints the commands of a short history that fails, and a `@reproduce_failure(…)` line: put
it above `Histories` to see the failure again.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application.reads.who_calls import who_calls
from tests.state_machine import histories
from tests.state_machine.account_and_oracle import AccountAndOracle
from tests.state_machine.commands import (
    Assign,
    Call,
    ChangeSettings,
    Delete,
    Edit,
    ImportRows,
    Merge,
    Message,
    Receive,
    Restore,
    Sent,
    Separate,
    Settle,
    Undo,
    Value,
    Withdraw,
)
from tests.state_machine.few_are_many import few_are_many
from tests.state_machine.naive_contact import Contact, changes
from tests.state_machine.reading import read_link
from tests.stores import Kind

Thing = TypeVar("Thing")


class Histories(AccountAndOracle, RuleBasedStateMachine):
    """One account and an oracle get commands; another account gets the same ones later."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = 0
        self.rebuilt = 0
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
        self._send_again(hours, self._sent(which), again)

    def _send_again(self, hours: int, sent: Sent, again: histories.Again) -> None:
        updated_at, phones, emails, texts = again
        sent = replace(sent, updated_at=updated_at, phones=phones, emails=emails, texts=texts)
        self._receive(hours, Receive((sent,)))

    @precondition(lambda self: self.sent)
    @rule(hours=histories.hours, which=histories.which, again=histories.again)
    def take_all_back_and_send_again(self, hours: int, which: int, again: histories.Again) -> None:
        """A record lists nothing any more, and then lists something that others may have too."""
        self._send_again(hours, self._sent(which), (None, (), (), {}))
        self._send_again(0, self._sent(which), again)

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
        texts, phones, emails = wanted
        changed = changes(self.oracle.find(number), {"phones": phones, "emails": emails})
        says = {name: text if text and text.strip() else None for name, text in texts.items()}
        self._do(
            hours,
            Edit(contact_id, *wanted),
            lambda oracle: oracle.edit(number, says, *changed),
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

    @precondition(lambda self: any(map(_has_several_records, self.oracle.contacts.values())))
    @rule(hours=histories.hours, which=histories.which, again=histories.again)
    def delete_and_send_again(self, hours: int, which: int, again: histories.Again) -> None:
        """A source sends a record of a deleted contact again; then the contact comes back."""
        number, contact_id = self._target(which, _has_several_records)
        contact = self.oracle.find(number)
        keys = [record.first.key for record in contact.records] if contact else []
        self._delete(hours, number, contact_id, comes_back=False)
        for sent in [self.sent[key] for key in keys if key in self.sent][:1]:
            self._send_again(0, sent, again)
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
        self._do(
            hours,
            Merge(survivor_id, absorbed_id),
            lambda oracle: oracle.merge(survivor, absorbed),
        )
        self._compare()

    @precondition(lambda self: self.ids)
    @rule(hours=histories.hours, one=histories.which, other=histories.which)
    def separate(self, hours: int, one: int, other: int) -> None:
        a, a_id = self._target(one)
        b, b_id = self._target(other, self._is_another(a))
        self._do(hours, Separate(a_id, b_id), lambda oracle: oracle.separate(a, b))

    @precondition(lambda self: self.oracle.attention.joinings)
    @rule(hours=histories.hours, which=histories.which)
    def settle(self, hours: int, which: int) -> None:
        """Say that something is right, which mostly was to be looked at."""
        attention = self.oracle.attention
        listed: list[int | str] = [*attention.values(self.oracle.shared), *attention.merges()]
        every: list[int | str] = [*attention.names(), *attention.joinings]
        what = _pick(sorted(listed if listed and which % 8 < 7 else every, key=str), which)
        item = what if isinstance(what, str) else self.merges[what]
        self._do(hours, Settle(item), lambda oracle: oracle.settle(what))
        self._compare_attention()

    @precondition(lambda self: self.merges)
    @rule(hours=histories.hours, which=histories.which, twice=st.booleans())
    def undo(self, hours: int, which: int, twice: bool) -> None:
        """Undo a merge; a merge that is undone already stays so."""
        number = _pick(sorted(self.merges), which)
        self.undone.append(self.merges[number])
        self._perform(hours, Undo(self.undone[-1]))
        self.oracle.undo(self.number, self.now, number)
        self._compare()
        self._compare_attention()
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
        with self.log.reading() as reading:
            caller = who_calls(reading, activity.number.written if activity.number else "")
        self._do(hours, activity, lambda oracle: oracle.happen(called, is_call=is_call))
        self.activities[self.number] = activity
        contact_id, linked_by = read_link(self.log, activity.activity_id)
        if linked_by == "new_lead":
            self.ids[self.number] = str(contact_id)
        goes_to = None if linked_by == "new_lead" else contact_id
        assert (caller.contact and caller.contact.id) == goes_to, caller

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
                while self.merges and self.undo_in_the_end is not None:
                    self.undo(0, self.undo_in_the_end, twice=False)
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


def _pick(things: Sequence[Thing], which: int) -> Thing:
    """One of these; the newest in a shrunk history, so that earlier ones can be left out."""
    return things[-1 - which % len(things)]


def _may_be_deleted(contact: Contact) -> bool:
    return not contact.deleted and not contact.captured


def _has_several_records(contact: Contact) -> bool:
    return not contact.deleted and len(contact.records) > 1


def _may_come_back(contact: Contact) -> bool:
    return contact.deleted and contact.has_something


class HistoriesOnPostgresql(Histories):
    """The same on the other store."""

    KIND = "postgresql"


def check_histories(
    number: int,
    phases: Collection[Phase] = tuple(Phase),
    kind: Kind = "sqlite",
    begin_with: int | None = None,
) -> None:
    """Check a number of random histories, always the same ones for a seed."""
    machine = Histories if kind == "sqlite" else HistoriesOnPostgresql
    if begin_with is not None:
        of_its_own: Any = type(machine.__name__, (machine,), {})
        machine = seed(begin_with)(of_its_own)
    with few_are_many():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=number,
                phases=phases,
                stateful_step_count=40,
                derandomize=begin_with is None,
                print_blob=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
