"""By hand: the values that admins and agents wrote into a contact.

An edit replaces what was shown. It yields only to a record seen for the first time after it, or to
a message that changes what its own record said. An edit of a list is kept as what was added and
removed. Rules: "What a merged contact says".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec import field

from domain.identifiers import ContactPoint
from domain.value import Value


class HandValue(NamedTuple):
    """An attribute as somebody set it; None: cleared."""

    value: str | None
    position: int
    at: datetime


class HandPoint(NamedTuple):
    """A phone or an email that somebody added."""

    point: ContactPoint
    position: int
    at: datetime


class ByHand(Value, frozen=True, kw_only=True):
    """All values written into a contact by hand that still hold.

    `labels`: by phone or email, whichever record lists it; a label alone does not keep it.
    """

    fields: Mapping[str, HandValue] = field(default_factory=dict)
    phones: tuple[HandPoint, ...] = ()
    emails: tuple[HandPoint, ...] = ()
    labels: Mapping[str, HandValue] = field(default_factory=dict)

    @property
    def says_something(self) -> bool:
        """Whether it is enough to keep a contact without records alive."""
        values = any(each.value is not None for each in self.fields.values())
        return bool(values or self.phones or self.emails)


NOTHING_BY_HAND = ByHand()


def joined(one: ByHand, other: ByHand) -> ByHand:
    """The hand-written values of two contacts that merge; of two values the later one."""
    if other == NOTHING_BY_HAND:
        return one
    return ByHand(
        fields=_later(one.fields, other.fields),
        phones=_distinct((*one.phones, *other.phones)),
        emails=_distinct((*one.emails, *other.emails)),
        labels=_later(one.labels, other.labels),
    )


def _later(one: Mapping[str, HandValue], other: Mapping[str, HandValue]) -> dict[str, HandValue]:
    values = dict(one)
    for name, value in other.items():
        known = values.get(name)
        if known is None or value.position > known.position:
            values[name] = value
    return values


def _distinct(points: Iterable[HandPoint]) -> tuple[HandPoint, ...]:
    """Each point once, as it was first added."""
    first: dict[str, HandPoint] = {}
    for each in sorted(points, key=lambda each: each.position):
        first.setdefault(each.point.key, each)
    return tuple(first.values())


def add_points(
    known: tuple[HandPoint, ...],
    added: tuple[ContactPoint, ...],
    removed: tuple[str, ...],
    position: int,
    at: datetime,
) -> tuple[HandPoint, ...]:
    """A list by hand after an edit of it."""
    kept = tuple(each for each in known if each.point.key not in removed)
    return _distinct((*kept, *(HandPoint(point, position, at) for point in added)))
