"""Which row names the columns, where a person does not say it and no name is known."""

from pathlib import Path

import pytest

from infrastructure.formats.contact_file import open_contacts

FOUND = {
    "under lines of fewer columns": ("Our people\n\nExport of May\nWer,Wo\nAnn,{}\n", 4),
    "under lines of as many columns, most of them blank": ("Our list,\nWer,Wo\nAnn,\nBob,{}\n", 2),
    "above rows that say little": ("Wer,Wo\nAnn,\nBob,{}\n", 1),
    "first, if it fills the most columns": ("Wer,Wo,Was\nAnn,{}\n", 1),
    "nowhere under a title alone": ("Our list\nAnn,{}\nBob,{}\n", 0),
    "nowhere if the first row is data": ("Ann,{}\nBob,{}\n", 0),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found(tmp_path: Path, name: str) -> None:
    text, row = FOUND[name]
    path = tmp_path / "people.csv"
    path.write_text(text.replace("{}", "+13195554929"), encoding="utf-8")
    file = open_contacts(path, region="US")
    assert file.table.header_row == row
    assert "Ann" in [read.cells[0] for read in file.rows()]
