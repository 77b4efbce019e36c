"""What an account of the naive oracle is, and what follows from what happens in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.state_machine.naive_attention import NaiveAttention
from tests.state_machine.naive_contact import Contact, Record, call_of


@dataclass
class Activity:
    number: int
    called: str | None
    contact: int | None = None
    first: int | None = None
    assigned: int | None = None
    linked_by: str = ""
    is_call: bool = True


class NaiveAccount:
    """Contacts, activities and settings, all computed again whenever they are asked for."""

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
        self.attention = NaiveAttention()
        self.undone: set[int] = set()
        self.apart = list(apart)
        self.keyed: dict[object, list[Record]] = {}
        """All records that sources sent under each of their ids."""
        self.sent_before: dict[object, set[int]] = {}
        """Under which numbers they were sent in the account that this one lives through again."""
        self.left_to: dict[int, int | None] = {}
        """For each row that was taken out, who is left of its contact."""
        self.missed: list[int] = []
        """Whom something was done to by hand who was not there."""
        self.known: set[int] = set()
        """What ever was a contact, or a record of one."""
        self.number, self.now = 0, datetime.min.replace(tzinfo=UTC)

    def live(self) -> list[Contact]:
        return [contact for _, contact in sorted(self.contacts.items()) if not contact.deleted]

    def find(self, number: int | None) -> Contact | None:
        while number in self.leads_to:
            number = self.leads_to[number]
        if number in self.contacts:
            return self.contacts[number]
        # A lead that was captured elsewhere, but not here: it leads where its call went.
        activity = self.activities.get(call_of(number)) if number is not None else None
        if activity and activity.first != number:
            return self.find(activity.first)
        return self.find(self.left_to[number]) if number in self.left_to else None

    def find_for(self, number: int) -> Contact | None:
        """Whom something is done to by hand."""
        contact = self.find(number)
        if contact is None or contact.deleted:
            self.missed.append(number)
        return contact

    def ids(self, contact: Contact) -> set[int]:
        return {number for number in self.known if self.find(number) is contact}

    def _know(self) -> None:
        self.known |= self.contacts.keys()
        self.known |= {r.number for each in self.contacts.values() for r in each.records}

    def are_apart(self, one: int, other: int) -> bool:
        contact = self.contacts[other]
        earlier = self._earlier_ids(contact)
        return any(
            one in a and any(each in earlier or self.find(each) is contact for each in b)
            for sides in self.apart
            for a, b in (sides, sides[::-1])
        )

    def _earlier_ids(self, contact: Contact) -> set[int]:
        """The numbers under which the records of a contact were sent before."""
        return {
            before
            for key, records in self.keyed.items()
            for record in records
            if self.find(record.number) is contact
            for before in self._sent_under(key)
            if before < record.number
        }

    def _sent_under(self, key: object) -> set[int]:
        """The numbers under which a record was sent: separations bind all of them."""
        return {record.number for record in self.keyed.get(key, [])} | {
            number for number in self.sent_before.get(key, ()) if number < self.number
        }

    def remember_ids(self, before: "NaiveAccount") -> None:
        """What was sent under an id before an undo binds what is sent under it after the undo."""
        for key, records in before.keyed.items():
            known = {record.number: record for record in (*records, *self.keyed.get(key, []))}
            self.keyed[key] = [record for _, record in sorted(known.items())]

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
            self.known.add(lead)
            activity.contact, activity.linked_by = lead, "new_lead"

    def _attach(self, contact: Contact) -> None:
        """A contact came to hold a captured number: the lead is absorbed."""
        for lead in self.live():
            if lead.captured and lead is not contact and lead.captured in contact.values("phones"):
                self.leads_to[lead.number] = contact.number
                del self.contacts[lead.number]
