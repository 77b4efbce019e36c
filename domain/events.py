"""Every event. These are the storage format: stable names, versions, upcasts (docs/events.md).

An event carries facts: values as written and canonical, who, from which import, and where there
was a decision, the decision record. Nothing derivable. Its position in the account's log, its time
and its place in its stream are the log's, and come with it as `Recorded`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple

from pydantic import ConfigDict

from domain.identifiers import Identifier
from domain.matching import Seen
from domain.records import Record
from domain.settings import MergeSettings

DecisionRule = Literal["phone", "email", "phone_and_email", "never", "csv", "manual"]
Because = Literal[
    "phone_matched",
    "email_matched",
    "phone_and_email_matched",
    "source_never_merges",
    "rule_is_never",
    "no_identifier",
    "only_shared_identifiers",
    "nothing_matched",
    "no_candidate_met_the_rule",
    "sent_again",
    "nothing_new",
    "same_csv_row",
]


STORED = ConfigDict(extra="forbid")
"""A field that an event does not have is damage, or a newer version's: never ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why a record was merged, or was not.

    `matched`: what the record and the winner share, empty where nothing was merged.
    `candidates`: the winner first, then the others in order, each with why it lost;
    `not_named`: how many more there were. `because`: the name of the reason.
    """

    __pydantic_config__ = STORED

    rule: DecisionRule
    because: Because
    matched: tuple[Identifier, ...] = ()
    candidates: tuple[Seen, ...] = ()
    not_named: int = 0
    settings_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened:
    """The account begins, with these settings as version 1."""

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "AccountOpened"
    stream: str = "account"
    settings: MergeSettings
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSettingsChanged:
    """An admin changed the merge settings. They govern what comes after, and nothing before."""

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "MergeSettingsChanged"
    stream: str = "account"
    settings: MergeSettings
    version: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactImported:
    """A record was seen for the first time and merged into nothing: it became a contact.

    Stream: the contact, whose id is also the record's.
    """

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "ContactImported"
    stream: str
    record: Record
    decision: Decision
    by: str
    import_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMerged:
    """Two contacts became one. Stream: the survivor.

    `record`: the absorbed one, where it is a record seen for the first time that merged at once;
    its record id is `absorbed`, the contact id that it brought.
    """

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "ContactsMerged"
    stream: str
    merge_id: str
    absorbed: str
    record: Record
    decision: Decision
    by: str
    import_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUpdated:
    """A source sent a record again, with something new. Stream: the contact that holds it."""

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "RecordUpdated"
    stream: str
    record_id: str
    record: Record
    by: str
    import_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWithdrawn:
    """A source took a record back. Stream: the contact that held it."""

    __pydantic_config__ = STORED
    TOPIC: ClassVar[str] = "RecordWithdrawn"
    stream: str
    record_id: str
    by: str


ContactEvent = ContactImported | ContactsMerged | RecordUpdated | RecordWithdrawn
AccountEvent = AccountOpened | MergeSettingsChanged
Event = ContactEvent | AccountEvent


class Recorded(NamedTuple):
    """An event with its place in the log.

    `position`: in the account's log, from 1, without gaps; `version`: in its stream, from 1;
    `at`: when it was recorded, never before the event in front of it.
    """

    position: int
    version: int
    at: datetime
    event: Event
