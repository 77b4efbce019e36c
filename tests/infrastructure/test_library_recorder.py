"""The library's own tests of recorders, run on ours in each store. They print to the output."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from infrastructure.account_log.recorder import Recorder
from tests.stores import Kind, Place, new_place

# The library's tests import its cipher, and with it a package that recorders have no use for.
sys.modules["eventsourcing.cipher"] = ModuleType("eventsourcing.cipher")
vars(sys.modules["eventsourcing.cipher"])["AESCipher"] = None
from eventsourcing.tests.persistence import (  # noqa: E402
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

del sys.modules["eventsourcing.cipher"]


class RecorderWithoutPositions(Recorder):
    """Ours, returning None.

    The library's aggregate recorders have no positions to return, and its tests of them compare
    with None. Ours is an application recorder, where the same method returns positions.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


@contextmanager
def recorder_of(place: Place, recorder_class: type[Recorder] = Recorder) -> Iterator[Recorder]:
    """The recorder of an empty log."""
    with closing(place.create("recorded")) as log:
        place.database("recorded").execute("DELETE FROM events")
        yield recorder_class(log.database, count(1).__next__, os.urandom)


class OnSqlite:
    """A store for every recorder, and ids that are texts, like the product's."""

    kind: Kind = "sqlite"
    recorder_class: type[Recorder] = Recorder

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        self.opened = ExitStack()

    def tearDown(self) -> None:
        self.opened.close()
        super().tearDown()  # type: ignore[misc]

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> Recorder:
        place = self.opened.enter_context(new_place(self.kind))
        return self.opened.enter_context(recorder_of(place, self.recorder_class))


class OnPostgresql(OnSqlite):
    """The same on the other store."""

    kind = "postgresql"


class TestAsApplicationRecorderOnSqlite(OnSqlite, ApplicationRecorderTestCase[Recorder]):
    pass


class TestAsApplicationRecorderOnPostgresql(OnPostgresql, ApplicationRecorderTestCase[Recorder]):
    pass


class TestAsAggregateRecorderOnSqlite(OnSqlite, AggregateRecorderTestCase):
    recorder_class = RecorderWithoutPositions


class TestAsAggregateRecorderOnPostgresql(OnPostgresql, AggregateRecorderTestCase):
    recorder_class = RecorderWithoutPositions


class TestPositionsDoNotInterleaveOnSqlite(OnSqlite, NonInterleavingNotificationIDsBaseCase):
    pass


class TestPositionsDoNotInterleaveOnPostgresql(
    OnPostgresql, NonInterleavingNotificationIDsBaseCase
):
    pass


# The base classes are not tests, but pytest would take them for tests.
del ApplicationRecorderTestCase, AggregateRecorderTestCase, NonInterleavingNotificationIDsBaseCase


def test_positions_are_the_previous_plus_one_from_one(place: Place) -> None:
    events = [StoredEvent(stream, version, "topic", b"{}") for stream in "ab" for version in (1, 2)]
    with recorder_of(place) as recorder:
        assert recorder.max_notification_id() is None
        assert recorder.insert_events(events[:3]) == [1, 2, 3]
        with pytest.raises(IntegrityError):
            recorder.insert_events([events[3], events[0]])
        assert recorder.insert_events(events[3:]) == [4]
        assert recorder.max_notification_id() == 4
        assert [each.id for each in recorder.select_notifications(start=2, limit=2)] == [2, 3]
