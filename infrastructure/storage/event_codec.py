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
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from domain.events import AccountEvent, Event
from domain.identifiers import ContactPoint

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class InStream:
    """An event with its place in its stream, under the library's names."""

    originator_id: str
    originator_version: int
    event: Any


class EventType:
    """One kind of event as stored. Its version is one more than the number of its upcasts.

    `upcasts[n]` turns the payload of version n + 1 into that of version n + 2. A field that has
    its default is not stored, unless `keep_defaults` is set. So the defaults of an event's fields,
    and of all values in it, must never change.
    """

    def __init__(
        self, cls: type[Any], upcasts: Sequence[Upcast] = (), *, keep_defaults: bool = False
    ) -> None:
        self._exclude_defaults = not keep_defaults
        self.topic: str = cls.TOPIC
        self.upcasts = upcasts
        self.version = len(upcasts) + 1
        self._adapter: TypeAdapter[Any] = TypeAdapter(cls)

    def encode(self, event: Any) -> bytes:
        payload = self._adapter.dump_json(
            event,
            exclude={"stream"},
            exclude_none=not self._exclude_defaults,
            exclude_defaults=self._exclude_defaults,
        )
        if self.version == 1:
            return payload
        return b'{"v":%d,' % self.version + payload[1:]

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
        return self._adapter.validate_python({"stream": stream, **self.fields(payload)})


@dataclass(frozen=True, slots=True)
class ListedByRecord:
    """The phones and the emails that a record lists."""

    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None


@dataclass(frozen=True, slots=True)
class _OfRecord:
    record: ListedByRecord
    v: Literal[1] = 1


_OF_RECORD = TypeAdapter(_OfRecord).validator


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
            return _OF_RECORD.validate_python(of.fields(payload)).record
        return _OF_RECORD.validate_json(payload).record

    def to_domain_event(self, stored_event: StoredEvent) -> InStream:
        """Read an `InStream`. Raises MapperDeserialisationError, which names the event."""
        stream, version = str(stored_event.originator_id), stored_event.originator_version
        try:
            if stored_event.state is None:
                raise ValueError("its payload is missing")
            event = self._types[stored_event.topic].decode(stream, stored_event.state)
        except (KeyError, ValueError, ValidationError) as error:
            what = f"event {version} of stream {stream}, topic {stored_event.topic}"
            raise MapperDeserialisationError(f"cannot read {what}: {error}") from error
        return InStream(stream, version, event)


UPCASTS: Mapping[str, Sequence[Upcast]] = {}
"""By topic, the functions that turn a payload of each earlier version into the next."""

EVENT_TYPES = tuple(
    # Settings are stored whole: their defaults belong to the product and may change.
    EventType(each, UPCASTS.get(each.TOPIC, ()), keep_defaults=each in get_args(AccountEvent))
    for each in get_args(Event)
)

MAPPER = EventMapper(EVENT_TYPES)
"""The mapper of this product's events."""
