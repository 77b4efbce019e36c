"""How events are stored: stable names, versions, upcasts, and validation on the way back.

The library's own mapper stores a class path as the topic and rebuilds events without validation.
This one names events by their `TOPIC`, so that code can move, and validates what it reads, so that
a damaged payload is an error and never a half-empty event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from eventsourcing.persistence import (
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from msgspec import Struct, convert, to_builtins
from pydantic_core import from_json

from domain.events import Event
from domain.identifiers import ContactPoint
from infrastructure.storage.json_values import as_json, json_of

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class InStream:
    """An event with its place in its stream, under the library's names."""

    originator_id: str
    originator_version: int
    event: Any


class EventType:
    """One kind of event as stored. Its version is one more than the number of its upcasts.

    `upcasts[n]` turns the payload of version n + 1 into that of version n + 2. The stream is stored
    beside the payload and not in it.
    """

    def __init__(self, cls: type[Any], upcasts: Sequence[Upcast] = ()) -> None:
        self.topic: str = cls.TOPIC
        self.upcasts = upcasts
        self.version = len(upcasts) + 1
        self._start = b'{"v":%d,' % self.version if upcasts else b"{"
        self._cls = cls
        self._read = json_of(cls)

    def encode(self, event: Any) -> bytes:
        omits = event.__struct_config__.omit_defaults
        payload = as_json(event if omits else _without_none(to_builtins(event)))
        return self._start + payload[len(_stream(event.stream)) :]

    def fields(self, payload: bytes) -> dict[str, Any]:
        """The fields of an event, in the newest version, not validated. Raises ValueError."""
        state: dict[str, Any] = from_json(payload)
        if not isinstance(state, dict):
            raise ValueError("its payload is not an object")  # noqa: TRY004 - damage, like any other
        version = state.pop("v", 1)
        if type(version) is not int or not 1 <= version <= self.version:
            raise ValueError(f"version {version} is not known to this program")
        if "stream" in state:
            raise ValueError("its payload names a stream")
        for upcast in self.upcasts[version - 1 :]:
            state = upcast(state)
        return state

    def decode(self, stream: str, payload: bytes) -> Any:
        """The event of a payload. Raises ValueError."""
        if payload.startswith(self._start) and b'"stream"' not in payload:
            try:
                event = self._read(_stream(stream) + payload[len(self._start) :])
            except ValueError:
                pass  # it is of another version, or damaged: see below
            else:
                if event.stream == stream:
                    return event
        return convert({"stream": stream, **self.fields(payload)}, self._cls)


def _stream(stream: str) -> bytes:
    """How the JSON of an event begins, whose stream is its first field."""
    return b'{"stream":' + as_json(stream) + b","


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }


class ListedByRecord(Struct, frozen=True):
    """The phones and the emails that a record lists."""

    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None


class _OfRecord(Struct, frozen=True):
    record: ListedByRecord
    v: Literal[1] = 1


_read_listed = json_of(_OfRecord)


class EventMapper(Mapper[str]):
    """Turns events into stored events and back. Payloads are JSON; see docs/events.md."""

    def __init__(self, types: Sequence[EventType]) -> None:
        super().__init__(JSONTranscoder())
        self._types: Mapping[str, EventType] = {each.topic: each for each in types}

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Store an `InStream`."""
        event = domain_event.event
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=event.TOPIC,
            state=self._types[event.TOPIC].encode(event),
        )

    def listed(self, topic: str, payload: bytes) -> ListedByRecord:
        """What the record of a stored event lists, which alone is read.

        Raises LookupError, or ValueError.
        """
        of = self._types[topic]
        if of.upcasts:
            payload = as_json(of.fields(payload))
        return _read_listed(payload).record

    def to_domain_event(self, stored_event: StoredEvent) -> InStream:
        """Read an `InStream`. Raises MapperDeserialisationError, which names the event."""
        stream, version = str(stored_event.originator_id), stored_event.originator_version
        event = self.read(stream, version, stored_event.topic, stored_event.state)
        return InStream(stream, version, event)

    def read(self, stream: str, version: int, topic: str, payload: bytes | None) -> Any:
        """The same from the columns of the log, without the library's objects: the event alone."""
        try:
            if payload is None:
                raise ValueError("its payload is missing")
            return self._types[topic].decode(stream, payload)
        except (KeyError, ValueError) as error:
            what = f"event {version} of stream {stream}, topic {topic}"
            raise MapperDeserialisationError(f"cannot read {what}: {error}") from error


UPCASTS: Mapping[str, Sequence[Upcast]] = {}
"""By topic, the functions that turn a payload of each earlier version into the next."""

EVENT_TYPES = tuple(EventType(each, UPCASTS.get(each.TOPIC, ())) for each in get_args(Event))

MAPPER = EventMapper(EVENT_TYPES)
"""The mapper of this product's events."""
