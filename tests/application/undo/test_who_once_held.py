"""An undo also replays contacts that a record might have joined and that lost its number since."""

from domain.events import ContactsMerged
from tests.messages import JOHN, MARY, csv_row, entered, hubspot_contact
from tests.story import Story


def test_a_record_goes_to_the_contact_that_held_its_number_when_it_came(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    story.given(mary=csv_row("Mary", [JOHN, MARY]))  # merged into John, by his number
    story.given(kim=entered("api", "Kim", [MARY]))
    story.given(john=hubspot_contact("1", "Johnny", [JOHN]))  # the most recently updated now
    story.given(row=csv_row("Row", [MARY], city="Ames"))  # so it joins John, not Kim
    story.edit("kim", phones=[])
    story.undo("mary")
    # Without Mary, John never had the row's number. Kim had it, more recently updated than Mary;
    # and who took it from Kim then, took the row's along.
    story.shows("kim", name="Row", city="Ames").leads_to("row", "kim")
    story.shows("mary", name="Mary", phones=[JOHN, MARY])
    story.live("john", "mary", "kim")
    assert ContactsMerged.TOPIC in story.told("kim")
