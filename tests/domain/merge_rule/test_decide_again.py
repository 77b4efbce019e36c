"""Whatever came, the same message again is nothing: decide again after folding gives `[]`."""

from datetime import timedelta

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.contact import Contact, fold, newest, union
from domain.events import RecordUpdated
from domain.records import Record, read_record
from domain.settings import MergeSettings
from tests.account_in_memory import AccountInMemory
from tests.messages import JOHN, JOHN_TOO, MARY, NOON, Withdrawal

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


@settings(max_examples=200)
@for_all(histories, settings_of_accounts)
def test_the_last_message_again_is_nothing(
    history: list[Record], merge_settings: MergeSettings
) -> None:
    account = account_with(history, merge_settings)
    account.came += 1
    assert account.decide(history[-1]) == []


@settings(max_examples=100)
@for_all(histories, settings_of_accounts)
def test_a_whole_history_again_in_the_order_of_its_times_ends_where_it_was(
    history: list[Record], merge_settings: MergeSettings
) -> None:
    """Messages that carry a time may come again in any order: what contacts say stays."""
    timed = [r for r in history if r.source == "csv" or (r.updated_at and r.updated_at <= NOON)]
    account = account_with(timed, merge_settings)
    before = said_by(account)
    for record in timed:
        account.take(record)
    assert said_by(account) == before


def said_by(account: AccountInMemory) -> dict[str, tuple[object, object, object]]:
    return {
        key: (
            {name: shown.value for name, shown in newest(each.records.values()).items()},
            set(union(each.records.values(), "phone")),
            set(union(each.records.values(), "email")),
        )
        for key, each in account.live.items()
    }
