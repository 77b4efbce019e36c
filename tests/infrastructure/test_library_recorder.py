"""The library's own tests of recorders, run on ours with a real file each. They print; so be it."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from infrastructure.event_log.sqlite import FILE_NAME, SqliteFile, SqliteRecorder, create_file

# The library's tests import its cipher, and with it a package that recorders have no use for.
sys.modules["eventsourcing.cipher"] = ModuleType("eventsourcing.cipher")
vars(sys.modules["eventsourcing.cipher"])["AESCipher"] = None
from eventsourcing.tests.persistence import (  # noqa: E402
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

del sys.modules["eventsourcing.cipher"]


class RecorderWithoutPositions(SqliteRecorder):
    """Ours, returning None.

    The library's aggregate recorders have no positions to return, and its tests of them compare
    with None. Ours is an application recorder, where the same method returns positions.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class OnARealFile:
    """A file for every test, and ids that are text, as those of this product are."""

    recorder_class: type[SqliteRecorder] = SqliteRecorder

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        self.opened = ExitStack()

    def tearDown(self) -> None:
        self.opened.close()
        super().tearDown()  # type: ignore[misc]

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> SqliteRecorder:
        path = Path(self.opened.enter_context(TemporaryDirectory())) / FILE_NAME
        create_file(path, lambda _: None)
        file = SqliteFile(path)
        self.opened.callback(file.close)
        return self.recorder_class(file, count(1).__next__, os.urandom)


class TestAsApplicationRecorder(OnARealFile, ApplicationRecorderTestCase[SqliteRecorder]):
    pass


class TestAsAggregateRecorder(OnARealFile, AggregateRecorderTestCase):
    recorder_class = RecorderWithoutPositions


class TestPositionsDoNotInterleave(OnARealFile, NonInterleavingNotificationIDsBaseCase):
    pass


# The bases are no tests by themselves, and pytest would take them for such.
del ApplicationRecorderTestCase, AggregateRecorderTestCase, NonInterleavingNotificationIDsBaseCase


def test_positions_are_the_previous_plus_one_from_one(tmp_path: Path) -> None:
    create_file(tmp_path / FILE_NAME, lambda _: None)
    file = SqliteFile(tmp_path / FILE_NAME)
    recorder = SqliteRecorder(file, lambda: 7, os.urandom)
    events = [StoredEvent(stream, version, "topic", b"{}") for stream in "ab" for version in (1, 2)]
    assert recorder.max_notification_id() is None
    assert recorder.insert_events(events[:3]) == [1, 2, 3]
    with pytest.raises(IntegrityError):
        recorder.insert_events([events[3], events[0]])
    assert recorder.insert_events(events[3:]) == [4]
    assert recorder.max_notification_id() == 4
    assert [each.id for each in recorder.select_notifications(start=2, limit=2)] == [2, 3]
    file.close()
