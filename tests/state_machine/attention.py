"""The list of what to look at first must be what the oracle says."""

from collections.abc import Mapping

from infrastructure.account_log.log import EventLog
from tests.state_machine.naive_oracle import Account
from tests.state_machine.reading import read_attention, read_names_together


def compare_attention(
    log: EventLog, oracle: Account, ids: Mapping[int, str], merges: Mapping[int, str]
) -> None:
    """Check the list, and the names that came together by each value. `ids`, `merges`: by number.

    It is in order, and each item is with its contact and the number of this contact's calls.
    """
    attention = oracle.attention
    listed = read_attention(log)
    items = {each.id: each for each in listed}
    assert len(items) == len(listed)
    assert items.keys() == {merges[each] for each in attention.merges()} | attention.values(
        oracle.shared
    )
    counted = {value: min(n, attention.most + 1) for value, n in attention.names().items()}
    assert read_names_together(log) == counted
    calls = [each.calls for each in listed]
    assert calls == sorted(calls, reverse=True)
    concerned = {ids.get(number): contact for number, contact in oracle.contacts.items()}
    numbers = {merge_id: number for number, merge_id in merges.items()}
    for each in listed:
        contact = concerned[each.contact_id]
        belong = [a for a in oracle.activities.values() if oracle.find(a.contact) is contact]
        assert each.calls == len(belong), each
        joined = (
            [numbers[each.id]]
            if each.id in numbers
            else [m for m, one in attention.joinings.items() if each.id in one.values]
        )
        assert any(oracle.find(oracle.survivors[merge]) is contact for merge in joined), each
