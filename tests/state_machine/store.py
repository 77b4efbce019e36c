"""A real store in a folder, with given clock, ids and salts.

The same commands at the same times give the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any, assert_never, cast

from application.commands.assign_call import assign_call
from application.commands.change_settings import change_settings
from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.received import Received
from application.commands.record_activity import Taken, record_activity
from application.commands.restore_contact import restore_contact
from application.commands.separate_contacts import separate_contacts
from application.commands.settle_attention import settle_attention
from application.commands.withdraw_record import withdraw_record
from application.history.undo_merge import undo_merge
from application.jobs.import_file import import_file
from application.jobs.job import Job, ReadRow
from application.refusals import Refused
from domain.activities import MessageSent
from domain.records import Record, ValueRefused, Written, read_record
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import add_job, find_job, rejected_items
from tests.messages import call_from
from tests.state_machine.commands import (
    Assign,
    Call,
    ChangeSettings,
    Command,
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
from tests.state_machine.few_are_many import link_the_others
from tests.stores import Place

REGION = "US"
Result = Refused | list[Received] | Job | MergeSettings | Taken | list[str] | str | None
"""The result of a command: a refusal or its answer."""


class Store:
    """Accounts in a place. Each account has its own sequence of ids and salts."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._now = datetime.min.replace(tzinfo=UTC)
        self._ids: Iterator[str] = iter(())
        self._bytes: Iterator[int] = iter(())
        self._sequences: dict[str, tuple[Iterator[str], Iterator[int]]] = {}
        self.logs: dict[str, EventLog] = {}
        self._accounts = place.accounts(
            clock=lambda: self._now,
            ids=lambda: next(self._ids),
            randomness=lambda size: bytes(next(self._bytes) for _ in range(size)),
        )

    def open_account(self, account: str, now: datetime) -> EventLog:
        """Make an account."""
        self._sequences[account] = (_ids(), _bytes(account))
        self.turn_to(account, now)
        settings = MergeSettings(default_region=REGION)
        self.logs[account] = self._accounts.create(account, settings, "admin")
        return self.logs[account]

    def perform(self, account: str, command: Command, now: datetime) -> Result:
        """Give an account a command at a time."""
        self.turn_to(account, now)
        try:
            return _perform(self.logs[account], command)
        except Refused as refused:
            return refused

    def turn_to(self, account: str, now: datetime) -> None:
        """Send the next commands to this account, at this time."""
        self._now = now
        self._ids, self._bytes = self._sequences[account]

    def dump(self, account: str) -> dict[str, list[Any]]:
        """Every row of every table of an account."""
        behind = self.place.database(account)
        return behind.dump(["events", *behind.tables()])

    def close(self) -> None:
        """Close every account."""
        for log in self.logs.values():
            log.close()
        self._accounts.close()


def _perform(log: EventLog, command: Command) -> Result:  # noqa: C901, PLR0912 - one case a command
    """Give an account a command. Raises Refused."""
    match command:
        case Receive(records):
            return receive_records(log, [read(sent) for sent in records], by="sender")
        case ImportRows(records):
            return import_rows(log, records)
        case Withdraw(integration, kind, external_id):
            left = withdraw_record(log, integration, cast(Any, kind), external_id, by="sender")
            link_the_others(log)
            return left
        case ChangeSettings(changes, shared):
            fields: dict[str, Any] = dict(changes)
            if shared is not None:
                fields["shared_identifiers"] = [value.written for value in shared]
            return change_settings(log, fields, by="admin")
        case Edit(contact_id, texts, phones, emails):
            edit = ContactEdit(fields=texts, phones=written(phones), emails=written(emails))
            edited = edit_contact(log, contact_id, edit, by="agent")
            link_the_others(log)
            return edited
        case Delete(contact_id):
            delete_contact(log, contact_id, by="agent")
            link_the_others(log)
        case Restore(contact_id):
            return restore_contact(log, contact_id, by="agent")
        case Merge(survivor, absorbed):
            return merge_contacts(log, survivor, absorbed, by="admin")
        case Separate(a, b):
            separate_contacts(log, a, b, by="admin")
        case Settle(item):
            settle_attention(log, item, by="admin")
        case Undo(merge_id):
            return undo_merge(log, merge_id, by="admin")
        case Call(activity_id, number, at):
            return record_activity(
                log,
                call_from(number and number.written, at),
                activity_id=activity_id,
                by="phone",
            )
        case Message(activity_id, number, at):
            return record_activity(
                log,
                MessageSent(
                    direction="outbound", number=number and number.written, text="Hello", sent_at=at
                ),
                activity_id=activity_id,
                by="phone",
            )
        case Assign(activity_id, contact_id):
            assign_call(log, activity_id, contact_id, by="agent")
        case _ as never:
            assert_never(never)
    return None


def read(sent: Sent) -> Record | ValueRefused:
    """A record that was sent, as the product reads it."""
    try:
        return read_record(
            source=cast(Any, sent.source),
            region=REGION,
            kind=cast(Any, sent.kind),
            integration=sent.integration,
            external_id=sent.external_id,
            updated_at=sent.updated_at,
            name=sent.texts.get("name"),
            phones=written(sent.phones),
            emails=written(sent.emails),
            attributes={name: text for name, text in sent.texts.items() if name != "name"},
        )
    except ValueRefused as refused:
        return refused


def written(values: Iterable[Value] | None) -> list[Written] | None:
    """Phones or emails as a source sends them."""
    return None if values is None else [(value.written, value.label) for value in values]


def import_rows(log: EventLog, records: Sequence[Sent]) -> Job:
    """Import rows as a file in one batch. Every row that is rejected has a number and a reason."""
    rows = [ReadRow(number, read(sent), []) for number, sent in enumerate(records, start=2)]
    with log.database.writing() as session:
        session.execute("DELETE FROM jobs")
        session.execute("DELETE FROM rejected_rows")
        add_job(session, import_of(log, import_id="file", file="file", by="admin"))
        job = find_job(session, "file")
    import_file(Running(job, log, log, Manner(len(rows))), [rows], lambda _, __: None)
    with log.database.reading() as session:
        rejected = rejected_items(session, "file", 0, len(rows))
        done = find_job(session, "file")
    assert len(rejected) == done.result["rejected"]
    assert all(each.number >= 2 and each.reason for each in rejected)
    return done


def _ids() -> Iterator[str]:
    return (f"{number:06}" for number in count(1))


def _bytes(seed: str) -> Iterator[int]:
    for number in count():
        yield from sha256(f"{seed} {number}".encode()).digest()
