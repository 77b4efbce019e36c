"""An undo may capture a lead that was never there before, and another undo may not capture it."""

import pytest

from application.history.touched import History
from tests.messages import JOHN, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


@pytest.mark.parametrize(
    ("lead", "call"), [("06h1", "call 7"), ("06h1.82", "call 7"), ("06h2.82", None)]
)
def test_the_id_of_a_lead_tells_its_call_even_if_only_an_undo_gave_it(
    lead: str, call: str | None
) -> None:
    history = History(
        inputs=(),
        contacts=frozenset(),
        activities=frozenset({"call 7"}),
        calls={"06h1": "call 7"},
        merge_ids={},
        undone=frozenset(),
        taken_out={},
    )
    assert history.call_of(lead) == call


def test_every_lead_that_an_undo_captured_and_absorbed_leads_to_where_its_call_went(
    story: Story,
) -> None:
    """The call was linked to the last of these leads; no event but its own names the first one."""
    story.given(john=hubspot_contact("1", "John", [JOHN]), link=csv_row("Link", [JOHN, ROW]))
    story.given(mary=entered("api", "Mary", [MARY]))
    story.given(john=hubspot_contact("1", "Johnny", [JOHN]))  # the most recently updated now
    story.given(row=csv_row("Row", [ROW, MARY]))  # so it joins John, not Mary
    story.call("call", MARY)
    for _ in range(2):
        story.delete("row")
        story.restore("row")
    story.undo("link")
    # Row would have joined Mary, and been deleted with her: twice a lead would have been captured,
    # and absorbed when she was restored.
    first, second = leads(story)
    story.leads_to("row", "mary").leads_to(first, "mary").leads_to(second, "mary")
    story.undo("row")
    # The call would have come to Row alone, and no lead been captured.
    story.leads_to(first, "row").leads_to(second, "row").belongs("call", "mary")


def leads(story: Story) -> list[str]:
    """The ids that only undos have given."""
    with story.log.snapshot() as session:
        rows = session.execute("SELECT contact_id FROM contacts ORDER BY contact_id").fetchall()
    return [contact_id for (contact_id,) in rows if "." in contact_id]
