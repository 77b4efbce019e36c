"""What contacts are called, so that people need not read ids."""

import re
from collections.abc import Collection, Mapping, Sequence

from application.ports import MergeMade, Reading
from domain.events import ContactsMerged


def with_names(text: str, names: Mapping[str, str | None]) -> str:
    """A text with names instead of ids. `names`: by id."""
    if not names:
        return text
    ids = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    return ids.sub(lambda found: f"“{names[found[0]] or 'no name'}”", text)


def names_of(reading: Reading, contact_ids: Collection[str]) -> dict[str, str | None]:
    """What some contacts are called; of one that is not live, what its first record calls it.

    Ids of other things are left out.
    """
    ids = list(dict.fromkeys(contact_ids))
    live = reading.names(ids)
    others = reading.record_names([each for each in ids if each not in live])
    known = {each: live[each].name if each in live else others.get(each) for each in ids}
    return {each: name for each, name in known.items() if each in live or each in others}


def names_apart(reading: Reading, contact_ids: Collection[str]) -> dict[str, str | None]:
    """What contacts that are one now were called before.

    Each is called as its own first record calls it: its name today may be one that another brought.
    One whose first record has no name is called as it is today.
    """
    ids = list(dict.fromkeys(contact_ids))
    recorded = reading.record_names(ids)
    live = reading.names([each for each in ids if recorded.get(each) is None])
    return {**recorded, **{each: named.name for each, named in live.items()}}


def names_of_merges(
    reading: Reading, merges: Sequence[MergeMade]
) -> list[tuple[str | None, str | None]]:
    """What the survivor and the absorbed of some merges were called before."""
    events = [each.event for each in merges]
    apart = names_apart(
        reading,
        [
            *(event.stream for event in events),
            *(event.absorbed for event in events if event.record is None),
        ],
    )
    return [(apart.get(event.stream), _absorbed_name(event, apart)) for event in events]


def _absorbed_name(event: ContactsMerged, apart: Mapping[str, str | None]) -> str | None:
    if event.record is not None:
        return event.record.name
    by_hand = event.brought.by_hand.fields.get("name") if event.brought else None
    return by_hand.value if by_hand else apart.get(event.absorbed)
