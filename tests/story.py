"""The story of an account: what was sent, called and done by hand, and the results.

    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", JOHN)
    story.belongs("first", "john", by="number")

Records are known by the name that the test gives them, calls and messages by their id. Every story
ends with a check of the whole account: the log, the folds and the read models agree.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest

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
from application.commands.withdraw_record import withdraw_record
from application.documents.activities import ActivityDocument, TargetDocument
from application.documents.contacts import ContactDocument
from application.documents.merges import MergeDocument
from application.history.undo_merge import undo_merge
from application.reads.activities import show_activity
from application.reads.conflicts import list_conflicts
from application.reads.contact_history import contact_history
from application.reads.contacts import find_contacts, show_contact
from application.reads.exports import export_feed
from application.reads.merges import list_merges
from domain.activities import CallSent, Direction, LinkedBy, MessageSent
from domain.records import Record, RecordKind
from domain.settings import MergeSettings
from tests.imports import an_import, undo_import
from tests.messages import ADMIN, NOON, Values
from tests.stores import Place

AGENT = "agent@example.test"
TALKED_AT = NOON - timedelta(days=1)
"""The default time of calls and messages of a story."""


class Exported(NamedTuple):
    """An item of the export feed: `hubspot contact 1`; None for a lost target."""

    activity: str
    target: str | None
    moved_from: str | None = None


class Story:
    """An account and all that a test does to it, one thing each minute."""

    def __init__(self, place: Place) -> None:
        ids = count(1)
        self._accounts = place.accounts(
            self._clock, lambda: f"{next(ids):06}", randomness=lambda size: b"s" * size
        )
        self.now = NOON
        self.log = self._accounts.create("acme", MergeSettings(default_region="US"), ADMIN)
        self._ids: dict[str, str] = {}
        self.received: Received | None = None

    def close(self) -> None:
        self.log.close()
        self._accounts.close()

    def _clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    # --- Given, and when.

    def given(self, **records: Record) -> "Story":
        """Receive records one after the other; each keeps its name from now on."""
        for name, record in records.items():
            (self.received,) = receive_records(self.log, [record], by=ADMIN)
            self._ids.setdefault(name, self._brought(self.received))
        return self

    when = given

    def imports(self, **rows: Record) -> str:
        """Import rows. Returns the id of the import."""
        with an_import(self.log) as (import_id, counts):
            for name, row in rows.items():
                (self.received,) = receive_records(self.log, [row], by=ADMIN, import_id=import_id)
                self._ids.setdefault(name, self._brought(self.received))
                counts[self.received.outcome] += 1
        return import_id

    def undo_import(self, import_id: str) -> dict[str, str]:
        """Undo an import. Returns the rows that were kept by name, and why."""
        return {self.name(row): why for row, why in undo_import(self.log, import_id).kept.items()}

    def settings(self, **changes: object) -> "Story":
        change_settings(self.log, changes, by=ADMIN)
        return self

    def days_pass(self, days: int) -> "Story":
        self.now += timedelta(days=days)
        return self

    def call(
        self,
        call_id: str,
        number: str | None,
        at: datetime = TALKED_AT,
        direction: Direction = "inbound",
    ) -> Taken:
        return record_activity(
            self.log,
            CallSent(
                direction=direction,
                number=number,
                status="answered",
                started_at=at,
                duration_seconds=60,
            ),
            activity_id=call_id,
            by=AGENT,
        )

    def message(self, message_id: str, number: str | None, text: str = "Hello") -> Taken:
        return record_activity(
            self.log,
            MessageSent(direction="inbound", number=number, text=text, sent_at=TALKED_AT),
            activity_id=message_id,
            by=AGENT,
        )

    def assign(self, call_id: str, name: str) -> None:
        assign_call(self.log, call_id, self.id(name), by=AGENT)

    def edit(
        self, name: str, /, *, phones: Values = None, emails: Values = None, **fields: str | None
    ) -> None:
        """Edit what the contact shows."""
        edit_contact(
            self.log,
            self.id(name),
            ContactEdit(fields=fields, phones=phones, emails=emails),
            by=AGENT,
        )

    def delete(self, name: str) -> None:
        delete_contact(self.log, self.id(name), by=AGENT)

    def restore(self, name: str) -> None:
        restore_contact(self.log, self.id(name), by=AGENT)

    def merge(self, survivor: str, absorbed: str) -> str:
        """Merge two contacts by hand; returns the merge's id."""
        return merge_contacts(self.log, self.id(survivor), self.id(absorbed), by=ADMIN)

    def undo(self, absorbed: str, *, separates: bool = True) -> list[str]:
        """Undo the last merge that absorbed this contact. Returns the names that live again."""
        merge = next(each for each in self.merges() if each.absorbed == self.id(absorbed))
        return self.undo_by_id(merge.id, separates=separates)

    def undo_by_id(self, merge_id: str, *, separates: bool = True) -> list[str]:
        live_again = undo_merge(self.log, merge_id, separates=separates, by=ADMIN)
        return [self.name(each) for each in live_again]

    def separate(self, a: str, b: str) -> None:
        separate_contacts(self.log, self.id(a), self.id(b), by=ADMIN)

    def withdraw(
        self, external_id: str, kind: RecordKind = "contact", integration: str = "hubspot"
    ) -> None:
        withdraw_record(self.log, integration, kind, external_id, by=integration)

    def call_it(self, name: str, whose: str) -> None:
        """Give a name to the lead or contact that an activity belongs to."""
        contact_id = self.activity(whose).contact_id
        assert contact_id is not None
        self._ids[name] = contact_id

    # --- Then.

    def shows(self, name: str, /, **says: str | list[str]) -> "Story":
        """Check all that a live contact shows. By default its kind is contact."""
        contact = self.contact(name)
        shown: dict[str, Any] = {each: value.value for each, value in contact.attributes.items()}
        if contact.name is not None:
            shown["name"] = contact.name
        shown |= {
            "kind": contact.kind,
            "phones": [point.value for point in contact.phones],
            "emails": [point.value for point in contact.emails],
        }
        assert shown == {"kind": "contact", "phones": [], "emails": [], **says}
        return self

    def belongs(self, activity: str, name: str | None, by: LinkedBy | None = None) -> "Story":
        """Check the contact of an activity, and with `by` how it was linked."""
        known = self.activity(activity)
        assert (known.contact_id and self.name(known.contact_id)) == name
        assert by is None or known.linked_by == by
        return self

    def live(self, *names: str) -> "Story":
        """These contacts and leads are live, and no others."""
        assert sorted(self.name(each.id) for each in self.contacts()) == sorted(names)
        return self

    def leads_to(self, name: str, survivor: str) -> "Story":
        """An id answers with this contact."""
        assert self.contact(name).id == self.id(survivor)
        return self

    def feed(self, integration: str | None = None) -> list[Exported]:
        """The export feed, all of it."""
        with self.log.reading() as reading:
            items = export_feed(reading, integration=integration, limit=1_000).items
        assert [item.position for item in items] == sorted(item.position for item in items)
        return [
            Exported(item.activity.id, _target(item.target), _target(item.moved_from))
            for item in items
        ]

    def conflicts(self) -> list[tuple[str, str, str]]:
        """The pairs of contacts in conflict, by name, each with the identifier that both hold."""
        with self.log.reading() as reading:
            found = list_conflicts(reading, limit=1_000).items
        return [
            (self.name(each.contacts[0]), self.name(each.contacts[1]), each.identifier.value)
            for each in found
        ]

    def merges(self, *, undone: bool = False) -> list[MergeDocument]:
        """The merges that hold, newest first; or those that were undone."""
        with self.log.reading() as reading:
            page = list_merges(reading, limit=1_000)
        return [each for each in page.items if (each.undone_at is not None) == undone]

    def merged(self) -> list[tuple[str, str]]:
        """Who was absorbed by whom, oldest first, of the merges that hold."""
        return [(self.name(each.absorbed), self.name(each.survivor)) for each in self.merges()][
            ::-1
        ]

    def contact(self, name: str) -> ContactDocument:
        with self.log.reading() as reading:
            return show_contact(reading, self.id(name))

    def is_deleted(self, name: str) -> bool:
        with self.log.reading() as reading:
            survivor = reading.survivor(self.id(name))
        return survivor is not None and not survivor.is_live

    def contacts(self) -> list[ContactDocument]:
        with self.log.reading() as reading:
            return find_contacts(reading, limit=1_000).items

    def activity(self, activity_id: str) -> ActivityDocument:
        with self.log.reading() as reading:
            return show_activity(reading, activity_id)

    def told(self, name: str) -> list[str]:
        """The types of the events of a contact and its activities, oldest first."""
        with self.log.reading() as reading:
            return [each.type for each in contact_history(reading, self.id(name))]

    @property
    def length(self) -> int:
        """How many events the log has."""
        return self.log.verify().events

    def id(self, name: str) -> str:
        """The id of a name; any other text is an id itself."""
        return self._ids.get(name, name)

    def name(self, contact_id: str) -> str:
        """The name of an id; for a captured lead without a name, `lead` and its number."""
        for name, known in self._ids.items():
            if known == contact_id:
                return name
        contact = self.contact(contact_id)
        assert contact.kind == "lead", f"nobody named {contact_id}"
        return f"lead {contact.phones[0].value}"

    def _brought(self, received: Received) -> str:
        """The id that a record brought; if it was known before, the id of its contact."""
        if received.merge_id is not None:
            merges = {each.id: each.absorbed for each in self.merges()}
            return merges[received.merge_id]
        assert received.contact_id is not None, received.error
        return received.contact_id

    def check(self) -> None:
        """The log, the folds and the read models agree."""
        assert self.log.verify().problems == ()


def _target(target: TargetDocument | None) -> str | None:
    return f"{target.integration} {target.kind} {target.external_id}" if target else None


@contextmanager
def begin(place: Place) -> Iterator[Story]:
    """A new account, checked in the end."""
    with closing(Story(place)) as story:
        yield story
        story.check()


@pytest.fixture
def story(place: Place) -> Iterator[Story]:
    with begin(place) as begun:
        yield begun
