"""Random histories: what sources may send, from small pools, so that many values match."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

from hypothesis import strategies as st

from tests.state_machine.commands import (
    Call,
    ChangeSettings,
    ImportRows,
    Message,
    Receive,
    Sent,
    Value,
)

BEGIN = datetime(2024, 5, 1, 12, tzinfo=UTC)
SWITCHBOARD = Value("+1 712 555 3956", "+17125553956")
INFO = Value("info@shop.test", "info@shop.test")
PHONES = (
    Value("319-555-5677", "+13195555677"),
    Value("+1 (319) 555-5677", "+13195555677"),
    Value("+1-319-555-4929", "+13195554929"),
    Value("319.555.4929", "+13195554929"),
    Value("319-555-5677 ext. 12", "+13195555677;ext=12"),
    Value("442079460000", "+442079460000"),
    Value("00442079460000", "+442079460000"),
    Value("212 555 0100", "+12125550100"),
    SWITCHBOARD,
    Value("n/a", None),
)
EMAILS = (
    Value("john@example.test", "john@example.test"),
    Value(" John Jones <John@Example.TEST> ", "john@example.test"),
    Value("john+work@example.test", "john+work@example.test"),
    Value("mary@bücher.test", "mary@xn--bcher-kva.test"),
    Value("mary@xn--bcher-kva.test", "mary@xn--bcher-kva.test"),
    Value("kim@example.test", "kim@example.test"),
    INFO,
    Value("a@@b", None),
)
INTEGRATIONS = ("hubspot", "salesforce")
KINDS = ("contact", "lead", "lead")
EXTERNAL_IDS = tuple("12345678")
RULES = ("phone", "email", "phone_and_email", "never")
OTHER_SOURCES = ("api", "dashboard", "phone_app")
LABELS = (None, "home", "work", "")
NAMES = (None, "John Jones", "John J", "Mary", " ")
COMPANIES = (None, "Acme", "Globex", "")


def _weighed(*weighed: tuple[int, st.SearchStrategy[Sent]]) -> st.SearchStrategy[Sent]:
    """One of these, some more often than others, unlike `one_of`."""
    return st.sampled_from([each for weight, each in weighed for _ in range(weight)]).flatmap(
        lambda each: each
    )


def _lists(values: tuple[Value, ...]) -> list[tuple[Value, ...] | None]:
    """The lists of a record: often one or two values, sometimes three or none, or no list."""
    ones = [(value,) for value in values]
    twos = list(permutations(values, 2))
    threes = list(zip(values, values[3:], values[1:], strict=False))
    return [*ones, None, (), *twos, *threes, *ones * 5, *[None] * 45, *[()] * 5]


def _labelled(values: tuple[Value, ...] | None, labels: int) -> tuple[Value, ...] | None:
    """The same with labels, chosen by the digits of a number; 0 means no label."""
    return values and tuple(
        value._replace(label=LABELS[labels // len(LABELS) ** place % len(LABELS)])
        for place, value in enumerate(values)
    )


times = st.none() | st.integers(-3, 9).map(
    # Every second one is written in another time zone.
    lambda hours: (BEGIN + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=hours % 2)))
)
_PHONE_LISTS = _lists(PHONES)
_EMAIL_LISTS = _lists(EMAILS)
_which_labels = st.just(0) | st.integers(0, len(LABELS) ** 3 - 1)
_phones = st.builds(
    lambda place, labels: _labelled(_PHONE_LISTS[place], labels),
    st.integers(0, len(_PHONE_LISTS) - 1),
    _which_labels,
)
_emails = st.builds(
    lambda place, labels: _labelled(_EMAIL_LISTS[place], labels),
    st.integers(0, len(_EMAIL_LISTS) - 1),
    _which_labels,
)
_texts = st.tuples(st.sampled_from(NAMES), st.sampled_from(COMPANIES)).map(
    lambda texts: {"name": texts[0], "company": texts[1]}
)
_of_integration = st.builds(
    Sent,
    source=st.just("integration"),
    kind=st.sampled_from(KINDS),
    integration=st.sampled_from(INTEGRATIONS),
    external_id=st.sampled_from(EXTERNAL_IDS),
    updated_at=times,
    phones=_phones,
    emails=_emails,
    texts=_texts,
)
_of_integration_alone = st.builds(
    Sent,
    source=st.just("integration"),
    integration=st.sampled_from(INTEGRATIONS),
    external_id=st.sampled_from(EXTERNAL_IDS),
    updated_at=times,
)
"""A record without any fields."""
_of_another = st.builds(
    Sent,
    source=st.sampled_from(OTHER_SOURCES),
    updated_at=times,
    phones=_phones,
    emails=_emails,
    texts=_texts,
)
_rows = st.builds(
    Sent,
    source=st.just("csv"),
    external_id=st.sampled_from([*[None] * 3 * len(EXTERNAL_IDS), *EXTERNAL_IDS]),
    phones=_phones,
    emails=_emails,
    texts=_texts,
)

_any = _weighed((4, _of_integration), (1, _of_another), (1, _rows))
received = st.lists(_any, min_size=2, max_size=5).map(lambda each: Receive(tuple(each)))
received_from_integrations = st.lists(
    _weighed((11, _of_integration), (1, _of_integration_alone)), min_size=1, max_size=4
).map(lambda each: Receive(tuple(each)))
leads_at_first = st.lists(
    st.builds(
        Sent,
        source=st.just("integration"),
        kind=st.just("lead"),
        integration=st.sampled_from(INTEGRATIONS),
        external_id=st.sampled_from(EXTERNAL_IDS),
        phones=_phones,
        emails=_emails,
    ),
    max_size=4,
).map(lambda each: Receive(tuple(each)))
"""These make sure that there are unmerged leads."""
imported = st.lists(_rows, min_size=2, max_size=5).map(lambda each: ImportRows(tuple(each)))
_rules = {
    "integration_leads": st.sampled_from(RULES),
    "integration_contacts": st.sampled_from(RULES),
    "rule": st.sampled_from(RULES),
    "policy": st.sampled_from(("per_source", "per_source", "per_source", "global")),
}
_shared = st.sampled_from((None, None, (), (SWITCHBOARD,), (INFO,), (INFO, SWITCHBOARD)))
settings_at_first = st.builds(ChangeSettings, st.fixed_dictionaries(_rules), _shared)
settings_changed = st.builds(ChangeSettings, st.fixed_dictionaries({}, optional=_rules), _shared)
hours = st.sampled_from((0, 0, 0, 1, 2))
"""The hours that pass before a command."""
Again = tuple[
    datetime | None, tuple[Value, ...] | None, tuple[Value, ...] | None, dict[str, str | None]
]
again: st.SearchStrategy[Again] = st.tuples(times, _phones, _emails, _texts)
"""What a known record may say when it is sent again."""
Wanted = tuple[dict[str, str | None], tuple[Value, ...] | None, tuple[Value, ...] | None]
texts_wanted = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(("Cat", "Mary", None)),
        "company": st.sampled_from(("Initech", " ", None)),
    },
)
wanted: st.SearchStrategy[Wanted] = st.tuples(texts_wanted, _phones, _emails)
"""What an edit may ask a contact to show."""
numbers = st.sampled_from((*PHONES, None))
"""Numbers of calls; None is withheld."""
calls = st.lists(
    st.tuples(st.sampled_from((Call, Call, Call, Message)), numbers), min_size=1, max_size=4
)
which = st.integers(0, 63)
"""A choice among the existing things."""
