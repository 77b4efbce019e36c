"""What every port of an account says, and the sources of times and ids."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.settings import MergeSettings
from domain.shown import Shown, ShownPoint

Clock = Callable[[], datetime]
"""The time now, with time zone."""

Ids = Callable[[], str]
"""A new id, greater as text than the ones before it: the oldest of two ids is the smaller."""


class Head(NamedTuple):
    """A live or deleted contact without its values.

    `version`: of its stream, which counts every event; `is_captured`: it is a captured lead.
    """

    contact_id: str
    is_live: bool
    is_captured: bool
    version: int


class Account(Protocol):
    """What a transaction and a snapshot of an account both say."""

    @property
    def settings(self) -> MergeSettings:
        """The merge settings in force."""

    @property
    def settings_version(self) -> int:
        """How often they were set, from 1."""

    def survivor(self, contact_id: str) -> Head | None:
        """The live or deleted contact that an id leads to."""


class ShownContact(NamedTuple):
    """What a live or deleted contact shows, without its records. A deleted one shows nothing."""

    contact_id: str
    is_live: bool
    shown: Shown
    phones: Mapping[str, ShownPoint]
    emails: Mapping[str, ShownPoint]
    version: int
    created_at: datetime
    updated_at: datetime
