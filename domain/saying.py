"""Whether the values of a contact changed, while its stream is folded.

`shown.says` reads all that a contact has. If it ran for every record that is sent again, it would
take the square of a contact's records. With the values remembered here it costs one record.
"""

from collections import Counter
from collections.abc import Iterator

from domain.contact import Contact
from domain.held_records import HeldRecord
from domain.identifiers import PointKind
from domain.shown import Attributes, added, listed, whole, with_newest

_KINDS: tuple[PointKind, ...] = ("phone", "email")
Held = tuple[PointKind, str]


class Saying:
    """The values of one contact, at the last version of its stream that was asked for."""

    def __init__(self) -> None:
        self._version = 0
        self._held: Counter[Held] = Counter()
        self._attributes: Attributes = {}

    def changes(self, before: Contact, after: Contact, record_id: str) -> bool:
        """Whether a contact's values change by a record, the only difference of the two states."""
        if self._version != before.version:
            self._read(before)
        known, record = before.records.get(record_id), after.records[record_id]
        lost, gained = Counter(_held_by(known) if known else ()), Counter(_held_by(record))
        touched = lost.keys() | gained.keys()
        held_before = {each for each in touched if self._held[each]}
        self._held.update(gained)
        self._held.subtract(lost)
        held_now = {each for each in touched if self._held[each]}
        attributes = with_newest(self._attributes, record, after.by_hand)
        same = {name: each.value for name, each in attributes.items()} == {
            name: each.value for name, each in self._attributes.items()
        }
        self._version, self._attributes = after.version, attributes
        return held_now != held_before or not same

    def follow(self, before: Contact, after: Contact, record_id: str) -> None:
        """Remember the values of a contact after a record came, if those before are known."""
        if self._version == before.version:
            self.changes(before, after, record_id)

    def _read(self, contact: Contact) -> None:
        self._attributes = whole(contact).attributes
        self._held = Counter(
            each for record in contact.records.values() for each in _held_by(record)
        )
        self._held.update(
            (kind, each.point.key) for kind in _KINDS for each in added(contact.by_hand, kind)
        )
        if contact.captured is not None:
            self._held["phone", contact.captured.key] += 1


def _held_by(record: HeldRecord) -> Iterator[Held]:
    """The phones and emails that a record shows."""
    for kind in _KINDS:
        known = listed(record, kind)
        for held in known.points if known else ():
            if not held.hidden:
                yield kind, held.point.key
