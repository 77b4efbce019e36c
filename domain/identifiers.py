"""Identifiers: phones and emails in canonical form, which is what matching compares.

How a phone is read: phones.py. An email: emails.py. A cell that holds several: cells.py.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from domain.emails import canonical_email
from domain.phone_texts import is_blank
from domain.phones import is_placeholder, read_phone
from domain.value import Value

PointKind = Literal["phone", "email"]
"""The two lists of a contact."""
IdentifierKind = Literal["phone", "phone_placeholder", "email"]
"""A placeholder, such as `1111111111`, is held and links calls, and matches nobody."""


class Identifier(NamedTuple):
    """A phone or an email in canonical form: `+13195555677`, `+13195555677;ext=12`, `a@b.c`."""

    kind: IdentifierKind
    value: str


class ContactPoint(Value, frozen=True):
    """A phone or an email as a source wrote it, with its canonical form beside it.

    `canonical` is None if the value has no such form: it is kept and shown as "not matchable".
    `region`: the one by which a phone was read that does not begin with `+`, if there was one.
    """

    written: str
    canonical: str | None = None
    label: str | None = None
    region: str | None = None

    @property
    def key(self) -> str:
        """The key by which values are compared: the canonical form, else the value as written."""
        return self.canonical if self.canonical is not None else self.written

    @property
    def matchable(self) -> bool:
        """Whether matching compares it. A placeholder only links calls."""
        canonical = self.canonical
        return canonical is not None and ("@" in canonical or not is_placeholder(canonical))


def read_phones(
    values: Iterable[tuple[str, str | None]], region: str | None
) -> tuple[ContactPoint, ...]:
    """Phones from (value as written, label) pairs, blank ones and repeats dropped.

    A phone without a label gets the one that is written with it.
    """
    first: dict[str, ContactPoint] = {}
    for written, label in values:
        if not is_blank(written):
            phone = read_phone(written, region)
            point = ContactPoint(
                written,
                phone.canonical,
                phone.label if label is None else label,
                None if written.startswith("+") else region,
            )
            first.setdefault(point.key, point)
    return tuple(first.values())


def read_emails(values: Iterable[tuple[str, str | None]]) -> tuple[ContactPoint, ...]:
    """Emails from such pairs."""
    first: dict[str, ContactPoint] = {}
    for written, label in values:
        if not is_blank(written):
            point = ContactPoint(written, canonical_email(written), label)
            first.setdefault(point.key, point)
    return tuple(first.values())


def phone_identifier(canonical: str) -> Identifier:
    """The identifier of a phone in canonical form."""
    return Identifier("phone_placeholder" if is_placeholder(canonical) else "phone", canonical)


def identifiers_of(
    phones: Iterable[ContactPoint], emails: Iterable[ContactPoint] = ()
) -> tuple[Identifier, ...]:
    """The identifiers among them, phones first."""
    return (
        *[phone_identifier(phone.canonical) for phone in phones if phone.canonical],
        *[Identifier("email", email.canonical) for email in emails if email.canonical],
    )
