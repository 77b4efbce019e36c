"""An account and the oracle beside it: both get the same commands, and must agree."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import combinations, groupby
from typing import cast, get_args

from hypothesis import note

from application.commands.received import Received
from application.documents.decisions import Outcome
from application.jobs.job import Job
from application.refusals import Refused
from tests.state_machine import histories
from tests.state_machine.attention import compare_attention
from tests.state_machine.commands import Call, Command, ImportRows, Key, Message, Receive, Sent
from tests.state_machine.naive_contact import Contact, call_of
from tests.state_machine.naive_oracle import NOTHING, Account
from tests.state_machine.reading import (
    ReadContact,
    ReadValue,
    read_conflicts,
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


class AccountAndOracle:
    """Carries out commands and compares; `tests/state_machine/machine.py` chooses them."""

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
        self.undone: list[str] = []
        self.sent: dict[Key, Sent] = {}
        """What integrations last sent for each record."""
        self.activities: dict[int, Call | Message] = {}
        self.happened: list[Happened] = []
        self.batching = "as sent"

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
                told_of, whose = says.get(name), self.ids[each.number]
                assert told_of == value, f"{whose}: {name}: {told_of}, not {value}"
        assert not told
        _check_captured(contacts)
        self._learn_of_deleted()
        numbers = {contact_id: number for number, contact_id in self.ids.items()}
        merges = {absorbed: number for number, absorbed in self.oracle.merged.items()}
        self.merges = {
            merges[numbers[merge.absorbed]]: merge.id
            for merge in read_merges(self.log)
            if merge.undone_at is None
        }
        assert self.merges.keys() == self.oracle.merged.keys()

    def _compare_attention(self) -> None:
        compare_attention(self.log, self.oracle, self.ids, self.merges)

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
            elif each.number not in self.ids:
                self.ids[each.number] = self._captured_anew(each.number, contacts)

    def _captured_anew(self, number: int, contacts: Sequence[ReadContact]) -> str:
        """The id of a lead that an undo captured, and somebody's edit made a contact."""
        call = call_of(number)
        # The call may have been linked by its number at first, and captured a lead only later.
        leads = (each for other, each in self.ids.items() if call_of(other) == call)
        first = next(leads).partition(".")[0]
        known = set(self.ids.values())
        (found,) = {
            each.id
            for each in contacts
            if each.id.partition(".")[0] == first and each.id not in known
        }
        return found

    def _learn_of_deleted(self) -> None:
        """Learn the ids of records that only a deleted contact has, from their merges."""
        absorbed = {m.absorbed for m in read_merges(self.log) if m.undone_at is None}
        new = sorted(absorbed - set(self.ids.values()))
        numbers = sorted({*self.oracle.merged.values()} - self.ids.keys())
        self.ids |= dict(zip(numbers, new, strict=True))

    def _told(self, contact: ReadContact) -> dict[str, object]:
        """A contact in the form of the oracle."""
        numbers = {contact_id: number for number, contact_id in self.ids.items()}

        def values(shown: Sequence[ReadValue]) -> list[tuple[object, ...]]:
            assert all(each.matchable == (each.value in CANONICAL) for each in shown)
            return [
                (
                    each.value,
                    each.label,
                    [numbers[id_] for id_ in each.records],
                    each.records_total,
                    each.by_hand,
                )
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
                        first,
                        total,
                        value in contact.lists_by_hand[name],
                    )
                    for value, first, total in contact.listed(name)
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
        for log in self.store.logs.values():
            assert log.verify(batch=7).problems == ()
        self._compare_attention()
        self._check_leads()
        self._check_index()
        self._check_conflicts()
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

    def _check_conflicts(self) -> None:
        """Who holds the same is in conflict, unless somebody declared them separate."""
        live = [(self.ids[each.number], each) for each in self.oracle.live()]
        both_hold = {
            (name[:-1], value, *sorted((one_id, other_id)))
            for (one_id, one), (other_id, other) in combinations(live, 2)
            for name, values in (("phones", histories.PHONES), ("emails", histories.EMAILS))
            for value in {each.canonical for each in values if each.canonical}
            if value in one.values(name) and value in other.values(name)
            if value not in self.oracle.shared
        }
        conflicts = read_conflicts(self.log)
        assert len(conflicts) == len(set(conflicts))
        assert set(conflicts) <= both_hold
        assert self.oracle.apart or set(conflicts) == both_hold

    def _send_all_again(self) -> None:
        """Check that records that are sent again are not recorded again."""
        length, said = self.length, dict[str, list[Sent]]({"integration": [], "csv": []})
        for contact in self.oracle.contacts.values():
            for record in contact.records:
                keyed = self.oracle.keyed.get(record.first.key, [record])
                if contact.deleted and len(keyed) > 1:
                    continue  # perhaps it is another record now
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
