"""A random history of an account, with text searches for its contacts in between."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from random import Random
from unicodedata import normalize

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.commands.restore_contact import restore_contact
from application.commands.withdraw_record import withdraw_record
from application.documents.contacts import ContactDocument
from application.history.undo_merge import undo_merge
from application.reads.contacts import find_contacts
from application.reads.merges import list_merges
from application.refusals import Refused
from domain.records import RecordKind, ValueRefused
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from tests.messages import ADMIN, NOON, call_from, csv_row, hubspot_contact, hubspot_lead
from tests.stores import Place

WORDS = (
    *("Ann", "anna", "ANNA-Lena", "Bob_B", "O'Neil", 'Jo "J" K', "Straße", "STRASSE", "İnci"),
    *(
        "Zoë",
        "Zoe\u0308",
        "Ørsted",
        "Ли",
        "王小明",
        "😀 ok",
        "a\tb",
        "J",
        "100%",
        "x\\y",
        "AND NOT",
    ),
    *("*", "lead", "+1 (319)"),
)
PHONES = ("319-555-0100", "(319) 555-0101 ext. 7", "+44 20 7946 0018", "call 555-1234 only", "n/a")
EMAILS = ("ann@b.test", "O.Neil+x@B.test", "zoë@b.test", "100_1@c.test", "no address")
COMMANDS = ("contact", "lead", "row", "call", "edit", "delete", "restore", "merge", "undo", "out")


_lives = count(1)


class Life:
    """An account, and what may happen in it. Refused commands do not count."""

    def __init__(self, place: Place, random: Random) -> None:
        numbers = count(1)
        self.place = place
        self.accounts = place.accounts(lambda: NOON, lambda: f"{next(numbers):08}")
        self.account = f"life_{next(_lives)}"
        self.log = self.accounts.create(self.account, MergeSettings(default_region="US"), ADMIN)
        self.random = random
        self.calls = count(1)

    def close(self) -> None:
        """Close the account."""
        self.log.close()
        self.accounts.close()

    def happen(self, name: str) -> None:
        """Carry out one of COMMANDS on a fitting contact."""
        with suppress(Refused, ValueRefused):
            getattr(self, f"_{name}")()

    def contacts(self) -> list[ContactDocument]:
        """All live contacts."""
        with self.log.reading() as reading:
            return find_contacts(reading, limit=1_000).items

    def first_events(self) -> dict[str, int]:
        """The position of each stream's first event."""
        events = self.log.recorder.select_notifications(1, 100_000)
        return {str(each.originator_id): each.id for each in reversed(events)}

    def _contact(self) -> None:
        record = hubspot_contact(self._external(), self._name(), self._phones(), self._emails())
        receive_records(self.log, [record], by=ADMIN)

    def _lead(self) -> None:
        record = hubspot_lead(self._external(), self._name(), self._phones(), self._emails())
        receive_records(self.log, [record], by=ADMIN)

    def _row(self) -> None:
        record = csv_row(self._name(), self._phones(), self._emails())
        receive_records(self.log, [record], by=ADMIN)

    def _call(self) -> None:
        record_activity(
            self.log,
            call_from(f"319555010{self.random.randrange(4)}", NOON),
            activity_id=str(next(self.calls)),
            by=ADMIN,
        )

    def _edit(self) -> None:
        edit_contact(
            self.log,
            self._live(),
            ContactEdit(
                fields={"name": self._name()},
                phones=self._phones() or None,
                emails=self._emails() or None,
            ),
            by=ADMIN,
        )

    def _delete(self) -> None:
        delete_contact(self.log, self._live(), by=ADMIN)

    def _restore(self) -> None:
        restore_contact(self.log, f"{self.random.randrange(1, 60):08}", by=ADMIN)

    def _merge(self) -> None:
        merge_contacts(self.log, self._live(), self._live(), by=ADMIN)

    def _undo(self) -> None:
        with self.log.reading() as reading:
            page = list_merges(reading, limit=100)
        merges = [each.id for each in page.items if each.undone_at is None]
        if merges:
            undo_merge(self.log, self.random.choice(merges), by=ADMIN)

    def _out(self) -> None:
        withdraw_record(self.log, "hubspot", "contact", self._external(), by=ADMIN)

    def _live(self) -> str:
        contacts = self.contacts()
        return self.random.choice(contacts).id if contacts else "nobody"

    def _external(self) -> str:
        return str(self.random.randrange(8))

    def _name(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randrange(1, 4)))

    def _phones(self) -> list[str]:
        return self.random.sample(PHONES, self.random.choice((0, 1, 1, 2)))

    def _emails(self) -> list[str]:
        return self.random.sample(EMAILS, self.random.choice((0, 1, 1, 2)))


@contextmanager
def life(place: Place, seed: int) -> Iterator[Life]:
    """A new account of a store; a seed repeats it."""
    with closing(Life(place, Random(seed))) as one:  # noqa: S311 - a seed tells it again
        yield one


def oracle(
    contacts: Sequence[ContactDocument],
    first_events: dict[str, int],
    q: str,
    kind: RecordKind | None = None,
    phone: str | None = None,
) -> list[str]:
    """The contacts that contain a text, by all that they show, ordered by their first events."""
    sought = _plain(q)
    by_digits = set(q) <= set("0123456789 ()+./-\t")
    digits = "".join(each for each in q if each in "0123456789") if by_digits else ""

    def contains(contact: ContactDocument) -> bool:
        numbers = [each.value for each in contact.phones]
        shown = [contact.name or "", *numbers, *(each.value for each in contact.emails)]
        parts = [*map(_plain, shown)]
        parts += ["".join(each for each in number if each in "0123456789") for number in numbers]
        return any(sought in part or (len(digits) > 1 and digits in part) for part in parts)

    found = [
        each.id
        for each in contacts
        if contains(each)
        and kind in {None, each.kind}
        and (phone is None or any(p.value == phone and p.matchable for p in each.phones))
    ]
    return sorted(found, key=lambda each: first_events[each])


def _plain(text: str) -> str:
    return " ".join(normalize("NFC", text).casefold().split())


def pages(
    log: EventLog,
    q: str,
    size: int,
    kind: RecordKind | None = None,
    phone: str | None = None,
) -> Iterator[list[str]]:
    """The ids of one page after the other, each page read when it is needed."""
    cursor: str | None = None
    while True:
        with log.reading() as reading:
            page = find_contacts(reading, q=q, kind=kind, phone=phone, limit=size, cursor=cursor)
        yield [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            return


def some_query(life: Life) -> str:
    """Part of a value that a contact shows, or that another might have shown."""
    random = life.random
    shown = ["ann", random.choice((*WORDS, *PHONES, *EMAILS))]
    for contact in life.contacts():
        shown += [contact.name or "", *(p.value for p in (*contact.phones, *contact.emails))]
    while True:
        text = random.choice(shown)
        start = random.randrange(len(text) + 1)
        part = text[start : start + random.choice((2, 2, 3, 4, 9, 30))]
        part = random.choice((part, part.upper(), part.lower(), part.title()))
        if len(_plain(part)) > 1:
            return part
