"""A real account on SQLite with a little of everything in it, made once and copied for each test."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from application.change_settings import change_settings
from application.receive_records import receive_records
from application.withdraw_record import withdraw_record
from domain.settings import MergeSettings
from infrastructure.event_log.sqlite import FILE_NAME
from infrastructure.event_log.sqlite_accounts import SqliteAccounts, SqliteLog
from tests.messages import (
    ADMIN,
    JOHN,
    JOHN_TOO,
    MARY,
    NOON,
    ROW,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)

ACCOUNT = "acme"
