"""An undo may capture a lead that was never there before, and another undo may not capture it."""

import pytest

from application.history.touched import History


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
