"""The commands for an account, as types of the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

Key = tuple[str | None, str, str | None]


class Value(NamedTuple):
    """A phone or an email as written, and its canonical form; None: it is not an identifier."""

    written: str
    canonical: str | None
    label: str | None = None

    @property
    def key(self) -> str:
        """The key by which two values are the same."""
        return self.canonical or self.written

    def __repr__(self) -> str:
        return repr(self.written) + (f" ({self.label!r})" if self.label is not None else "")


def distinct(values: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    """Each value once, as it was first written."""
    if values is None:
        return None
    first: dict[str, Value] = {}
    for value in values:
        first.setdefault(value.key, value)
    return tuple(first.values())


@dataclass(frozen=True, kw_only=True, repr=False)
class Sent:
    """What a source sends about one person: `phones` and `emails` are None if not mentioned."""

    source: str
    kind: str = "contact"
    integration: str | None = None
    external_id: str | None = None
    updated_at: datetime | None = None
    phones: tuple[Value, ...] | None = None
    emails: tuple[Value, ...] | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Only the fields with values."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        said["updated_at"] = self.updated_at and f"{self.updated_at:%d %H:%M}"
        return f"Sent({', '.join(f'{k}={v!r}' for k, v in said.items() if v is not None)})"

    @property
    def key(self) -> Key:
        """Its key in its source, if it has an id there."""
        return self.integration, self.kind, self.external_id

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """The fields that it mentions. It is asked for many times in a history."""
        lists = {"phones": distinct(self.phones), "emails": distinct(self.emails)}
        texts = {name: text.strip() for name, text in self.texts.items() if text and text.strip()}
        return {name: values for name, values in lists.items() if values is not None} | texts

    def identifiers(self, name: str) -> set[str]:
        """The canonical forms among its `phones`, or its `emails`."""
        return {value.canonical for value in self.said.get(name, ()) if value.canonical}

    @property
    def content(self) -> tuple[object, ...]:
        """The content by which csv rows are compared."""
        texts = {name: text for name, text in self.said.items() if isinstance(text, str)}
        return self.identifiers("phones"), self.identifiers("emails"), texts

    def is_repeated_by(self, other: "Sent") -> bool:
        """Whether the source sent the same record, or a file the same row, twice."""
        if self.source != other.source:
            return False
        if other.external_id is not None:
            return self.key == other.key
        return self.source == "csv" and self.content == other.content


@dataclass(frozen=True)
class Receive:
    """Records of any source, in one batch."""

    records: tuple[Sent, ...]


@dataclass(frozen=True)
class ImportRows:
    """The rows of a csv file, in one batch."""

    records: tuple[Sent, ...]


@dataclass(frozen=True)
class Withdraw:
    """An integration takes a record back."""

    integration: str
    kind: str
    external_id: str


@dataclass(frozen=True)
class ChangeSettings:
    """`changes` are without the shared identifiers, which are None if they stay."""

    changes: Mapping[str, str]
    shared: tuple[Value, ...] | None = None


@dataclass(frozen=True)
class Edit:
    """What a contact must show: texts, phones, emails; None for lists that stay."""

    contact_id: str
    texts: Mapping[str, str | None]
    phones: tuple[Value, ...] | None
    emails: tuple[Value, ...] | None


@dataclass(frozen=True)
class Delete:
    contact_id: str


@dataclass(frozen=True)
class Restore:
    contact_id: str


@dataclass(frozen=True)
class Merge:
    survivor: str
    absorbed: str


@dataclass(frozen=True)
class Separate:
    a: str
    b: str


@dataclass(frozen=True)
class Settle:
    """Somebody says that a merge, or all that a phone or an email joined, is right."""

    item: str


@dataclass(frozen=True)
class Undo:
    merge_id: str


@dataclass(frozen=True)
class Call:
    activity_id: str
    number: Value | None
    at: datetime


@dataclass(frozen=True)
class Message:
    activity_id: str
    number: Value | None
    at: datetime


@dataclass(frozen=True)
class Assign:
    activity_id: str
    contact_id: str


Command = (
    Receive
    | ImportRows
    | Withdraw
    | ChangeSettings
    | Edit
    | Delete
    | Restore
    | Merge
    | Separate
    | Settle
    | Undo
    | Call
    | Message
    | Assign
)
"""All commands for an account; ids are the account's own."""
