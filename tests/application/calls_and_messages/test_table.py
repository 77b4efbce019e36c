"""The table: who holds a number, how it is written, what was assigned by hand, call or message.

Every cell is compared with an oracle that is written from docs/rules.md, "Calls and messages", and
shares only the names of links with the product. All cells are in one account, each with its own
numbers, so the test also shows that they do not affect each other.
"""

from collections.abc import Callable, Iterator
from itertools import count, product
from typing import Literal, NamedTuple

import pytest

from tests.messages import csv_row, entered, hubspot_lead
from tests.stores import KINDS, new_place
from tests.story import Story, begin

Kind = Literal["contact", "lead"]
Written = Literal["exact", "other spelling", "withheld", "blank", "words"]
Hand = Literal["none", "before", "after"]
Type = Literal["call", "message"]


class Holder(NamedTuple):
    """Whom the number leads to, in the order of their last updates, the oldest first.

    `extension`: it lists the number with an extension; `holds`: it still does, as a live contact.
    """

    name: str
    kind: Kind = "contact"
    extension: bool = False
    holds: bool = True


class Situation(NamedTuple):
    """The contacts of a cell: `make` creates them from the cell's prefix and its number."""

    holders: tuple[Holder, ...]
    make: Callable[[Story, str, str], None]
    captured: bool = False


def none(_: Story, __: str, ___: str) -> None: ...


def one(story: Story, cell: str, number: str) -> None:
    story.given(**{f"{cell} one": entered("api", "One", [number])})


def several(story: Story, cell: str, number: str) -> None:
    """The younger was updated last."""
    one(story, cell, number)
    story.given(**{f"{cell} two": entered("api", "Two", [number])})


def several_the_older_updated_last(story: Story, cell: str, number: str) -> None:
    several(story, cell, number)
    story.edit(f"{cell} one", city="Ames")


def lead(story: Story, cell: str, number: str) -> None:
    story.given(**{f"{cell} lead": hubspot_lead(cell, "Lead", [number])})


def several_leads(story: Story, cell: str, number: str) -> None:
    lead(story, cell, number)
    story.given(**{f"{cell} lead two": hubspot_lead(f"{cell} two", "Lead", [number])})


def contact_and_lead(story: Story, cell: str, number: str) -> None:
    """The lead was updated last."""
    lead(story, cell, number)
    one(story, cell, number)
    story.edit(f"{cell} lead", city="Ames")


def extension(story: Story, cell: str, number: str) -> None:
    one(story, cell, f"{number};ext=12")


def several_with_extension(story: Story, cell: str, number: str) -> None:
    extension(story, cell, number)
    story.given(**{f"{cell} two": entered("api", "Two", [f"{number};ext=13"])})


def exactly_and_with_extension(story: Story, cell: str, number: str) -> None:
    lead(story, cell, number)
    extension(story, cell, number)


def deleted(story: Story, cell: str, number: str) -> None:
    one(story, cell, number)
    story.delete(f"{cell} one")


def absorbed(story: Story, cell: str, number: str) -> None:
    one(story, cell, number)
    story.given(**{f"{cell} survivor": entered("api", "Survivor", ["+493012345"])})
    story.merge(f"{cell} survivor", f"{cell} one")


def captured(story: Story, cell: str, number: str) -> None:
    story.call(f"{cell} captures", number)
    story.call_it(f"{cell} captured", f"{cell} captures")


def captured_with_extension(story: Story, cell: str, number: str) -> None:
    story.call(f"{cell} captures", f"{number};ext=12")


def captured_then_extension(story: Story, cell: str, number: str) -> None:
    captured(story, cell, number)
    extension(story, cell, number)


def captured_then_two_extensions(story: Story, cell: str, number: str) -> None:
    captured(story, cell, number)
    several_with_extension(story, cell, number)


SHARED = "a shared number"
SITUATIONS: dict[str, Situation] = {
    "none": Situation((), none),
    "one": Situation((Holder("one"),), one),
    "several": Situation((Holder("one"), Holder("two")), several),
    "several, the older updated last": Situation(
        (Holder("two"), Holder("one")), several_the_older_updated_last
    ),
    "lead only": Situation((Holder("lead", "lead"),), lead),
    "several leads": Situation((Holder("lead", "lead"), Holder("lead two", "lead")), several_leads),
    "contact and lead": Situation((Holder("one"), Holder("lead", "lead")), contact_and_lead),
    "extension only": Situation((Holder("one", extension=True),), extension),
    "several with extension": Situation(
        (Holder("one", extension=True), Holder("two", extension=True)), several_with_extension
    ),
    "exactly and with extension": Situation(
        (Holder("lead", "lead"), Holder("one", extension=True)), exactly_and_with_extension
    ),
    "deleted": Situation((Holder("one", holds=False),), deleted),
    "absorbed": Situation((Holder("one", holds=False), Holder("survivor")), absorbed),
    SHARED: Situation((Holder("one"), Holder("two")), several),
    "captured lead": Situation((), captured, captured=True),
    "captured with extension": Situation((), captured_with_extension),
    "captured lead, then one with extension": Situation(
        (Holder("one", extension=True),), captured_then_extension, captured=True
    ),
    "captured lead, then two with extension": Situation(
        (Holder("one", extension=True), Holder("two", extension=True)),
        captured_then_two_extensions,
        captured=True,
    ),
}
NUMBERS: dict[Written, Callable[[str], str | None]] = {
    "exact": lambda number: number,
    "other spelling": lambda number: f"({number[2:5]}) {number[5:8]}-{number[8:]}",
    "withheld": lambda _: None,
    "blank": lambda _: "  ",
    "words": lambda _: "AMAZON",
}


class Cell(NamedTuple):
    holders: str
    written: Written
    hand: Hand
    kind: Type


BY_HAND: dict[Type, list[Hand]] = {
    "call": ["none", "before", "after"],
    "message": ["none", "before"],  # a message cannot be assigned
}
CELLS = [
    Cell(holders, written, hand, kind)
    for holders, written, kind in product(SITUATIONS, NUMBERS, BY_HAND)
    for hand in BY_HAND[kind]
]


class Outcome(NamedTuple):
    """The name of its contact; how it was linked; whether it captured a lead."""

    contact: str | None
    linked_by: str
    captures: bool


# --- The oracle: docs/rules.md, "Calls and messages", sentence by sentence.


def by_the_rules(cell: Cell) -> Outcome:
    linked = by_number(cell)
    if cell.hand == "after":
        # "An agent may assign a call to a contact by hand, and that wins for good". The lead that
        # was captured for it before stays.
        return Outcome("other", "assigned", linked.captures)
    # An earlier call that was assigned elsewhere says nothing of this one.
    return linked


def by_number(cell: Cell) -> Outcome:
    if cell.written in ("withheld", "blank", "words"):
        # "A withheld number, or a sender that is no identifier, is linked to nobody and captures
        # nothing."
        return Outcome(None, "withheld", captures=False)
    there = [each for each in SITUATIONS[cell.holders].holders if each.holds]
    exactly = [each for each in there if not each.extension]
    if exactly:
        # "if several hold it, to the most recently updated one, contacts before leads"
        contacts = [each for each in exactly if each.kind == "contact"]
        by = "number" if len(exactly) == 1 else "most_recent"
        return Outcome((contacts or exactly)[-1].name, by, captures=False)
    if len(there) == 1:
        # "If no contact and no imported lead holds it exactly and exactly one contact or imported
        # lead holds it with an extension, to that one, also where a lead was captured for the
        # number earlier"
        return Outcome(there[0].name, "number", captures=False)
    if SITUATIONS[cell.holders].captured:
        # "gets later ones again if that ceases to be exactly one"
        return Outcome("captured", "number", captures=False)
    if cell.hand == "before":
        # The earlier call captured a lead, which stays when that call is assigned elsewhere.
        return Outcome("captured before", "number", captures=False)
    # "If nobody does, a lead is captured for the number and the activity is linked to it."
    return Outcome("captured now", "new_lead", captures=True)


# --- The product's answer to the same question.


@pytest.fixture(scope="module", params=KINDS)
def account(request: pytest.FixtureRequest) -> Iterator[tuple[Story, dict[Cell, str]]]:
    """An account, and the number that each cell is about; those to be shared are so from the first.

    Every cell has two numbers: its own, and that of the other contact.
    """
    spare = count(2_000_000)
    numbers = {cell: f"+1319{next(spare)}" for cell in CELLS}
    with new_place(request.param) as place, begin(place) as story:
        shared = [number for cell, number in numbers.items() if cell.holders == SHARED]
        story.settings(shared_identifiers=shared)
        yield story, numbers


def of_the_product(story: Story, cell: Cell, number: str) -> Outcome:
    prefix = number
    written = NUMBERS[cell.written](number)
    SITUATIONS[cell.holders].make(story, prefix, number)
    story.given(**{f"{prefix} other": csv_row("Other", [number.replace("+1319", "+1515")])})
    if cell.hand == "before":
        story.call(f"{prefix} before", written)
        if story.activity(f"{prefix} before").linked_by == "new_lead":
            story.call_it(f"{prefix} captured before", f"{prefix} before")
        story.assign(f"{prefix} before", f"{prefix} other")
    leads = captured_leads(story)
    if cell.kind == "call":
        story.call(prefix, written)
    else:
        story.message(prefix, written)
    captures = captured_leads(story) > leads
    if captures:
        story.call_it(f"{prefix} captured now", prefix)
    if cell.hand == "after":
        story.assign(prefix, f"{prefix} other")
    known = story.activity(prefix)
    name = known.contact_id and story.name(known.contact_id).removeprefix(f"{prefix} ")
    return Outcome(name, known.linked_by, captures)


def captured_leads(story: Story) -> int:
    with story.log.database.reading() as connection:
        row = connection.execute(
            "SELECT count(*) FROM contacts WHERE captured IS NOT NULL AND status = 'live'"
        )
        return int(row.fetchone()[0])


@pytest.mark.parametrize("cell", CELLS, ids=", ".join)
def test_every_cell_is_what_the_rules_say(
    account: tuple[Story, dict[Cell, str]], cell: Cell
) -> None:
    story, numbers = account
    assert of_the_product(story, cell, numbers[cell]) == by_the_rules(cell)


def test_no_cell_is_left_out() -> None:
    """17 situations, 5 ways to write, 3 by hand for a call and 2 for a message."""
    assert len(set(CELLS)) == len(CELLS) == 17 * 5 * (3 + 2) == 425


def test_every_outcome_occurs() -> None:
    """So the table does not only have cells in which nothing happens."""
    outcomes = {by_the_rules(cell) for cell in CELLS}
    assert {each.linked_by for each in outcomes} == {
        "number",
        "most_recent",
        "new_lead",
        "assigned",
        "withheld",
    }
    assert {each.contact for each in outcomes} == {
        None,
        "one",
        "two",
        "lead",
        "lead two",
        "survivor",
        "other",
        "captured",
        "captured before",
        "captured now",
    }
