"""Cells that a spreadsheet would run as formulas (rules: "Cells of files that we write")."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.formats.cells import guarded, unguarded
from tests.acceptance.command_line import at
from tests.stores import Place

FORMULAS = ["=1+1", "+SUM(A1)", "-2", "@cmd", "\t=1", "\r=1", "'=1", "''-", "+1;ext=", "+1-2"]
OTHERS = ["", "John", "'tis", "'", "a=b", "+1 319 555 0100", "+13195550100;ext=12", "3195550100"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_could_run_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_cell_is_written_and_read_as_it_is(text: str) -> None:
    assert (guarded(text), unguarded(text)) == (text, text)


@given(st.text("'=+-@\t\r 1;ext", max_size=8) | st.text())
def test_what_was_written_is_read_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in set("=-@\t\r")


def test_rejected_rows_can_be_imported_again_as_they_were(place: Place, tmp_path: Path) -> None:
    cli = at(place, tmp_path)
    rows = [["=Name()", "Phone", "-Note"], ["@J", "n/a", "=HYPERLINK(1)"], ["''=M", "n/a", "'x"]]
    content = StringIO()
    csv.writer(content).writerows([["Name", *rows[0][1:]], *rows[1:]])
    rejected = Path(cli.imports(content.getvalue())["rejected_file"])
    written = list(csv.reader(StringIO(rejected.read_text("utf-8"))))
    assert written[0] == ["row", "reason", "Name", "Phone", "'-Note"]
    assert [row[2:] for row in written[1:]] == [
        ["'@J", "n/a", "'=HYPERLINK(1)"],
        ["''=M", "n/a", "'x"],
    ]
    corrected = rejected.read_text("utf-8").replace("n/a", "+13195550100")
    assert cli.imports(corrected)["created"] == 1
    (contact,) = cli.contacts()
    assert (contact["name"], contact["-Note"]) == ("'=M", "'x")
