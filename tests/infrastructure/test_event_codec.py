"""How events are stored: docs/events.md. Every stored event stays readable for ever."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from domain.contact import Contact
from domain.contact_fold import edited, fold
from domain.decisions import Decision
from domain.events import Brought, ContactEdited, ContactImported, Event, Fact, Recorded
from domain.hand_edits import NOTHING_BY_HAND
from domain.identifiers import ContactPoint
from domain.records import read_record
from infrastructure.storage.event_codec import (
    EVENT_TYPES,
    MAPPER,
    EventMapper,
    EventType,
    InStream,
)
from infrastructure.storage.json_values import as_json
from tests.golden.examples import CONTACT, EXAMPLES
from tests.golden.write import FOLDER, write
from tests.messages import NOON

TYPES = {each.topic: each for each in EVENT_TYPES}
GOLDEN = {
    (topic, int(version)): path.read_bytes().splitlines(keepends=True)
    for path in sorted(FOLDER.glob("*.jsonl"))
    for topic, version in [path.stem.split(".v")]
}
STREAMS = {topic: events[0].stream for topic, events in EXAMPLES.items()}


def read(topic: str, payload: bytes, mapper: EventMapper | None = None) -> Any:
    stored = StoredEvent(STREAMS.get(topic, CONTACT), 7, topic, payload)
    in_stream = (mapper or MAPPER).to_domain_event(stored)
    assert (in_stream.originator_id, in_stream.originator_version) == (stored.originator_id, 7)
    return in_stream.event


def refused(topic: str, payload: bytes, mapper: EventMapper | None = None) -> str:
    """The reason why an event cannot be read; every reason names the event."""
    with pytest.raises(MapperDeserialisationError) as error:
        read(topic, payload, mapper)
    assert f"event 7 of stream {STREAMS.get(topic, CONTACT)}, topic {topic}" in str(error.value)
    return str(error.value)


class TestStoredForms:
    def test_every_version_of_every_event_has_one(self) -> None:
        assert set(GOLDEN) == {
            (each.topic, version) for each in EVENT_TYPES for version in range(1, each.version + 1)
        }

    @pytest.mark.parametrize(("topic", "version"), GOLDEN)
    def test_it_is_read(self, topic: str, version: int) -> None:
        for line in GOLDEN[topic, version]:
            event = read(topic, line.rstrip(b"\n"))
            assert (event.TOPIC, event.stream) == (topic, STREAMS[topic])

    @pytest.mark.parametrize("topic", TYPES)
    def test_the_current_one_is_written_byte_for_byte(self, topic: str) -> None:
        for line in GOLDEN[topic, TYPES[topic].version]:
            stored = MAPPER.to_stored_event(InStream("s", 7, read(topic, line[:-1])))
            assert stored.state + b"\n" == line
            assert (stored.topic, stored.originator_id, stored.originator_version) == (
                topic,
                "s",
                7,
            )

    @pytest.mark.parametrize("topic", TYPES)
    def test_the_current_one_is_that_of_the_examples(self, topic: str) -> None:
        lines = GOLDEN[topic, TYPES[topic].version]
        assert [read(topic, line[:-1]) for line in lines] == list(EXAMPLES[topic])

    def test_it_is_one_line_each(self) -> None:
        for lines in GOLDEN.values():
            assert all(line.startswith(b"{") and line.endswith(b"}\n") for line in lines)

    @pytest.mark.parametrize("topic", TYPES)
    def test_it_is_in_the_catalogue(self, topic: str) -> None:
        catalogue = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")
        assert f"`{topic}`" in catalogue.partition("## The catalogue")[2]

    def test_writing_again_overwrites_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        before = {path: path.stat().st_mtime_ns for path in FOLDER.glob("*.jsonl")}
        write()
        assert {path: path.stat().st_mtime_ns for path in FOLDER.glob("*.jsonl")} == before
        assert capsys.readouterr().out.count(": stands\n") == len(EVENT_TYPES)


@pytest.mark.parametrize("event", [each for events in EXAMPLES.values() for each in events])
def test_what_is_stored_comes_back_equal(event: Event) -> None:
    mapper = MAPPER
    stored = mapper.to_stored_event(InStream(event.stream, 7, event))
    assert mapper.to_domain_event(stored) == InStream(event.stream, 7, event)


class TestWhatEqualsItsDefaultIsLeftOut:
    """Also if it is another object than the default, such as a text from a request."""

    def test_a_kind(self) -> None:
        kind: Any = "a contact"[2:]
        record = read_record(
            source="integration", integration="crm", external_id="1", kind=kind, region=None
        )
        decision = Decision(rule="never", because="no_identifier")
        event = ContactImported(stream="c1", record=record, decision=decision, by="crm")
        assert b'"kind"' not in MAPPER.to_stored_event(InStream("c1", 1, event)).state

    def test_an_edit_that_was_taken_back(self) -> None:
        point = ContactPoint("+13195555677", "+13195555677")
        added = ContactEdited(stream="c1", sent_to="c1", phones_added=(point,), by="agent")
        removed = ContactEdited(stream="c1", sent_to="c1", phones_removed=(point.key,), by="agent")
        by_hand = edited(NOTHING_BY_HAND, Recorded(1, 1, NOON, added), added)
        assert by_hand.phones
        by_hand = edited(by_hand, Recorded(2, 2, NOON, removed), removed)
        assert b'"by_hand"' not in as_json(Brought(by_hand=by_hand))


class TestNothingIsNormalisedAgain:
    """Number metadata changes from release to release; recorded values do not."""

    def test_the_canonical_form_of_a_phone_is_what_was_stored(self) -> None:
        payload = (
            b'{"record":{"source":"api","phones":[{"written":"319-555-5677","canonical":"+999"},'
            b'{"written":"+13195555677"}]},"decision":{"rule":"never","because":'
            b'"source_never_merges"},"by":"admin"}'
        )
        contact = fold([Recorded(1, 1, NOON, read("ContactImported", payload))])
        assert isinstance(contact, Contact)
        (record,) = contact.records.values()
        assert record.phones is not None
        assert [held.point.canonical for held in record.phones.points] == ["+999", None]

    @pytest.mark.parametrize(
        "settings",
        [
            '"shared_identifiers":["+999"]',
            '"shared_identifiers":["+55067790876"]',
            '"shared_identifiers":["a@b"]',
            '"default_region":"YU"',
        ],
    )
    def test_settings_are_what_was_stored(self, settings: str) -> None:
        """A number that was possible once, a region that no longer exists."""
        payload = f'{{"settings":{{{settings}}},"by":"admin"}}'.encode()
        event = read("AccountOpened", payload)
        assert settings.encode() in TYPES["AccountOpened"].encode(event)


class NumberNoted(Fact, frozen=True, kw_only=True):
    """An event that only this test knows, in its third version."""

    TOPIC: ClassVar[str] = "NumberNoted"
    numbers: tuple[str, ...]
    note: str | None = None
    by: str


def several_numbers(payload: dict[str, Any]) -> dict[str, Any]:
    return {"numbers": [payload.pop("number")], **payload}


def said_by_whom(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "by": "unknown"}


class TestUpcasts:
    """An event that has changed twice since its first release."""

    INVENTED: ClassVar[Path] = FOLDER / "invented"
    TYPE: ClassVar[EventType] = EventType(NumberNoted, upcasts=[several_numbers, said_by_whom])
    MAPPER: ClassVar[EventMapper] = EventMapper([TYPE])

    def stored(self, version: int) -> list[bytes]:
        return (self.INVENTED / f"NumberNoted.v{version}.jsonl").read_bytes().splitlines()

    def test_the_first_version_is_brought_up_step_by_step(self) -> None:
        assert [read("NumberNoted", line, self.MAPPER) for line in self.stored(1)] == [
            NumberNoted(
                stream=CONTACT, numbers=("+13195555677",), note="called back", by="unknown"
            ),
            NumberNoted(stream=CONTACT, numbers=("+17125553956",), by="unknown"),
        ]

    def test_a_later_version_takes_the_steps_that_are_left(self) -> None:
        assert [read("NumberNoted", line, self.MAPPER) for line in self.stored(2)] == [
            NumberNoted(
                stream=CONTACT,
                numbers=("+13195555677", "+13195554929"),
                note="called back",
                by="unknown",
            )
        ]

    def test_the_current_version_is_taken_as_it_is_and_says_its_version(self) -> None:
        (line,) = self.stored(3)
        event = read("NumberNoted", line, self.MAPPER)
        assert event == NumberNoted(
            stream=CONTACT, numbers=("+13195555677",), note="called back", by="agent"
        )
        assert self.TYPE.encode(event) == line

    @pytest.mark.parametrize("version", ["4", "100", "0", "-1", '"2"', "null"])
    def test_any_other_version_is_refused(self, version: str) -> None:
        payload = f'{{"v":{version},"numbers":[],"by":"agent"}}'.encode()
        assert "version" in refused("NumberNoted", payload, self.MAPPER)


class TestWhatCannotBeRead:
    def test_an_unknown_topic(self) -> None:
        refused("ContactForgotten", b"{}")

    def test_a_newer_version(self) -> None:
        assert "version 2" in refused("RecordWithdrawn", b'{"v":2,"record_id":"c1","by":"hubspot"}')

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b"1",
            b'"RecordWithdrawn"',
            b"{}",
            b'{"record_id":"c1"}',
            b'{"record_id":"c1","by":null}',
            b'{"record_id":1,"by":"hubspot"}',
            b'{"record_id":"c1","by":"hubspot"}}',
            b'{"record_id":"c1","by":"hubspot',
            b'{"record_id":"c1","by":"\xff"}',
            b"\0",
        ],
    )
    def test_a_damaged_payload(self, payload: bytes) -> None:
        refused("RecordWithdrawn", payload)

    def test_a_payload_that_says_which_stream_it_is_of(self) -> None:
        assert "stream" in refused(
            "RecordWithdrawn", b'{"stream":"c2","record_id":"c1","by":"hubspot"}'
        )

    @pytest.mark.parametrize(
        ("topic", "payload"),
        [
            ("RecordWithdrawn", b'{"record_id":"c1","by":"hubspot",%s}'),
            ("RecordUpdated", b'{"record_id":"c1","by":"h","record":{"source":"api",%s}}'),
            (
                "RecordUpdated",
                b'{"record_id":"c1","by":"h","record":{"source":"api","phones":[{"written":"1",%s}]}}',
            ),
            (
                "ContactImported",
                b'{"by":"h","record":{"source":"api"},"decision":{"rule":"csv","because":"sent_again",%s}}',
            ),
            ("AccountOpened", b'{"settings":{%s},"by":"operator"}'),
            (
                "ContactsMerged",
                b'{"merge_id":"m","absorbed":"c2","by":"h","decision":{"rule":"manual","because":"merged_by_hand"},"brought":{%s}}',
            ),
            (
                "ContactReplayed",
                b'{"caused_by":"m","status":"live","by":"h","records":[{"record_id":"c1","first":1,"source":"api","kind":"contact","said":[],"fields":{},%s}]}',
            ),
            (
                "ContactReplayed",
                b'{"caused_by":"m","status":"live","by":"h","by_hand":{%s}}',
            ),
            (
                "CallLinked",
                b'{"call":{"direction":"inbound","status":"missed","started_at":"2024-05-01T12:30:15Z",%s},"linked_by":"withheld","lead_id":"l","by":"h"}',
            ),
            (
                "MessageLinked",
                b'{"message":{"direction":"inbound","text":"","sent_at":"2024-05-01T12:30:15Z",%s},"linked_by":"withheld","lead_id":"l","by":"h"}',
            ),
        ],
        ids=[
            "event",
            "record",
            "phone",
            "decision",
            "settings",
            "brought",
            "held record",
            "by hand",
            "call",
            "message",
        ],
    )
    def test_an_unknown_field_wherever_it_is(self, topic: str, payload: bytes) -> None:
        """Otherwise it would be lost, and with it a fact of a newer program."""
        assert "colour" in refused(topic, payload % b'"colour":"blue"')

    @pytest.mark.parametrize(
        "payload",
        [
            b'{"record_id":"c1","by":"h","record":{"source":"post"}}',
            b'{"record_id":"c1","by":"h","record":{"source":"api","kind":"person"}}',
            b'{"record_id":"c1","by":"h","record":{"source":"api","phones":"n/a"}}',
            b'{"record_id":"c1","by":"h","record":{"source":"api","phones":[{}]}}',
            b'{"record_id":"c1","by":"h","record":{"source":"api","updated_at":"yesterday"}}',
        ],
    )
    def test_a_record_that_is_none(self, payload: bytes) -> None:
        refused("RecordUpdated", payload)

    @pytest.mark.parametrize(
        ("records", "by_hand"),
        [
            (b'"fields":{"name":["John",0]}', b""),
            (b'"fields":{"name":["John",0,0,0]}', b""),
            (b'"fields":{"name":[null,0,0]}', b""),
            (b'"fields":{},"phones":[[],null]', b""),
            (b'"fields":{},"phones":[[[{"written":"1"},0,null]],0]', b""),
            (b'"fields":{}', b'"fields":{"name":["John",1]}'),
            (b'"fields":{}', b'"fields":{"name":["John",1,"yesterday"]}'),
            (b'"fields":{}', b'"phones":[[{"written":"1"},1]]'),
        ],
    )
    def test_a_contact_that_is_none(self, records: bytes, by_hand: bytes) -> None:
        """Values that are stored as arrays have a fixed length, and each place a type."""
        payload = (
            b'{"caused_by":"m","status":"live","by":"h","records":[{"record_id":"c1","first":1,'
            b'"source":"api","kind":"contact","said":[[1,"2024-05-01T12:30:15Z",null]],%s}],'
            b'"by_hand":{%s}}'
        )
        assert read("ContactReplayed", payload % (b'"fields":{}', b"")).records
        refused("ContactReplayed", payload % (records, by_hand))
