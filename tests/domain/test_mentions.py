"""What an event mentions, and whether it is an input."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pytest
from msgspec import json

from domain.events import AccountEvent, Event
from domain.identifiers import IdentifierKind
from domain.mentions import mentions
from tests.golden.examples import CONTACT, EXAMPLES

FOLLOW_FROM_INPUTS = {
    "ActivityMoved",
    "ContactAbsorbed",
    "ContactReplayed",
    "ImportUndone",
    "LeadAttached",
    "LeadCaptured",
    "UndoCompleted",
}
"""Beside what names the merge or message that it comes from (docs/events.md, "Inputs")."""
OF_SOMETHING_ELSE = {"merge_id", "import_id", "caused_by", "because_of", "decision"}
"""Fields whose ids are not those of contacts and activities that an event is about."""

KINDS = get_args(IdentifierKind)

each_event = pytest.mark.parametrize(
    "event", [event for events in EXAMPLES.values() for event in events], ids=lambda e: e.TOPIC
)


def texts(payload: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a payload with the name of its field."""
    if isinstance(payload, dict):
        for name, value in payload.items():
            if name.startswith(CONTACT[:8]):
                yield field, name
            if name not in OF_SOMETHING_ELSE:
                yield from texts(value, name)
    elif isinstance(payload, list):
        for value in payload:
            yield from texts(value, field)
    elif isinstance(payload, str):
        yield field, payload


def first_of(event: Event, names: Sequence[str]) -> object:
    """The first of some fields that an event has."""
    return next(filter(None, (getattr(event, name, None) for name in names)), None)


def said(event: Event) -> list[tuple[str, str]]:
    return list(texts(json.decode(json.encode(event))))


@each_event
def test_every_id_that_it_names_is_mentioned(event: Event) -> None:
    ids = {text.removeprefix("activity:") for _, text in said(event) if text[:8] == CONTACT[:8]}
    mentioned = mentions(event)
    activities = {each.removeprefix("activity:") for each in mentioned.activities}
    assert ids == mentioned.contacts | activities


@each_event
def test_every_phone_and_email_that_it_says_is_mentioned(event: Event) -> None:
    canonical = {text for field, text in said(event) if field == "canonical"}
    pairs = {text for field, text in said(event) if field in {"gone", "identifier"}}
    canonical |= pairs.difference(KINDS)
    assert {each.value for each in mentions(event).identifiers} == canonical


@each_event
def test_every_id_of_an_integration_is_mentioned(event: Event) -> None:
    external = {text for field, text in said(event) if field == "external_id"}
    assert {external_id for _, _, external_id in mentions(event).source_keys} == external


@each_event
def test_what_follows_from_something_else_is_not_an_input(event: Event) -> None:
    causes = ("caused_by", "because_of", "brings")
    cause = None if event.TOPIC == "RecordUpdated" else first_of(event, causes)
    follows = event.TOPIC in FOLLOW_FROM_INPUTS or cause is not None
    assert mentions(event).is_input is not follows
    assert mentions(event).is_input or not isinstance(event, AccountEvent)
