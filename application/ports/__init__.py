"""The ports: what use cases need from a store, a clock and a source of ids."""

from application.ports.account import Account, Clock, Head, Ids, ShownContact
from application.ports.log import AccountLog, NotedHead, Rebuilt, Verified, WritableLog
from application.ports.reading import (
    Attended,
    AttendedPlace,
    Conflict,
    DayCount,
    Export,
    HeldActivity,
    IdKind,
    LoggedEvent,
    MergeMade,
    Named,
    Reading,
    SettingsSet,
    Target,
    TroubledJob,
)
from application.ports.work import Sandbox, Threads, Work

__all__ = [
    "Account",
    "AccountLog",
    "Attended",
    "AttendedPlace",
    "Clock",
    "Conflict",
    "DayCount",
    "Export",
    "Head",
    "HeldActivity",
    "IdKind",
    "Ids",
    "LoggedEvent",
    "MergeMade",
    "Named",
    "NotedHead",
    "Reading",
    "Rebuilt",
    "Sandbox",
    "SettingsSet",
    "ShownContact",
    "Target",
    "Threads",
    "TroubledJob",
    "Verified",
    "Work",
    "WritableLog",
]
