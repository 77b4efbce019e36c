"""A message that comes again does nothing: deciding again after folding gives `[]`."""

from datetime import timedelta

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.events import ContactsMerged
from domain.records import Record, read_record
from domain.settings import MergeSettings
from domain.shown import listed, union
from tests.account_in_memory import KINDS, AccountInMemory
from tests.messages import JOHN, JOHN_TOO, MARY, NOON

PHONES = [JOHN, JOHN_TOO, MARY, "319-555-5677", "n/a"]
EMAILS = ["a@b.test", "A@B.test", "c@d.test", "a@@b"]
times = st.none() | st.integers(-4, 40).map(lambda minutes: NOON + timedelta(minutes=minutes))
words = st.sampled_from(["A", "B", " "])
fields = st.dictionaries(st.sampled_from(["city", "title"]), words, max_size=2)
settings_of_accounts = st.builds(
    MergeSettings,
    integration_contacts=st.sampled_from(["phone", "email", "phone_and_email", "never"]),
    integration_leads=st.sampled_from(["phone", "email", "phone_and_email", "never"]),
    shared_identifiers=st.sampled_from([(), (MARY,), ("a@b.test",)]),
)


def lists(values: list[str]) -> st.SearchStrategy[list[str] | None]:
    return st.none() | st.lists(st.sampled_from(values), max_size=3)


sent_by_an_integration = st.builds(
    read_record,
    source=st.just("integration"),
    region=st.just("US"),
    kind=st.sampled_from(["contact", "lead"]),
    integration=st.sampled_from(["hubspot", "salesforce"]),
    external_id=st.sampled_from(["1", "2"]),
    updated_at=times,
    name=st.none() | words,
    phones=lists(PHONES),
    emails=lists(EMAILS),
    attributes=fields,
)
csv_rows = st.builds(
    read_record,
    source=st.just("csv"),
    region=st.just("US"),
    name=st.none() | words,
    phones=st.lists(st.sampled_from(PHONES[:3]), min_size=1, max_size=3),
    emails=lists(EMAILS),
    attributes=fields,
)
histories = st.lists(sent_by_an_integration | csv_rows, min_size=1, max_size=12)


def account_with(history: list[Record], merge_settings: MergeSettings) -> AccountInMemory:
    account = AccountInMemory(merge_settings)
    for record in history:
        account.take(record)
    return account


@settings(max_examples=200, deadline=None)
@for_all(histories, settings_of_accounts)
def test_the_last_message_again_is_nothing(
    history: list[Record], merge_settings: MergeSettings
) -> None:
    account = account_with(history, merge_settings)
    account.came += 1
    assert account.decide(history[-1]) == []


@settings(max_examples=100, deadline=None)
@for_all(histories, settings_of_accounts)
def test_a_whole_history_again_is_nothing(
    history: list[Record], merge_settings: MergeSettings
) -> None:
    """If each message of a record has its own time, it does not matter what came since."""
    first: dict[object, Record] = {}
    for record in history:
        if record.source == "csv" or (record.updated_at and record.updated_at <= NOON):
            sent = (record.integration, record.kind, record.external_id, record.updated_at)
            first.setdefault(sent if record.external_id else record.fingerprint, record)
    account = account_with(list(first.values()), merge_settings)
    for record in first.values():
        account.came += 1
        assert account.decide(record) == []


@settings(max_examples=100, deadline=None)
@for_all(histories, settings_of_accounts)
def test_every_record_is_in_one_contact_and_every_number_is_what_its_records_say(
    history: list[Record], merge_settings: MergeSettings
) -> None:
    account = account_with(history, merge_settings)
    records = [key for contact in account.live.values() for key in contact.records]
    assert len(records) == len(set(records))
    merges = [each.event for each in account.log if isinstance(each.event, ContactsMerged)]
    for contact in account.live.values():
        absorbed = [merge.absorbed for merge in merges if merge.stream == contact.contact_id]
        assert set(contact.records) == {contact.contact_id, *absorbed}
        for kind in KINDS:
            lists_of_records = [listed(record, kind) for record in contact.records.values()]
            said = {held.point.key for each in lists_of_records if each for held in each.points}
            assert set(union(contact, kind)) == said
