"""All rows that would join somebody can be looked at in a spreadsheet."""

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.web.service import Account

ROWS = [f"Ann {number},(319) 555-0101" for number in range(201)]
STRANGE = "=Bob,(319) 555-0101"


def test_many_are_taken_out_as_a_file_with_strange_ones_first(
    account: Account, see: Callable[..., Page], tmp_path: Path
) -> None:
    ann = account.contact_named("Ann", "+13195550101")
    preview = account.preview("\n".join(["Name,Phone", *ROWS, STRANGE]))
    page = see(f"/imports/{preview}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take all of them out").click()
    assert download.value.suggested_filename == f"{preview}.joins.csv"
    download.value.save_as(tmp_path / "joins.csv")
    text = (tmp_path / "joins.csv").read_text("utf-8")
    header, first, *others = csv.reader(text.splitlines())
    assert header == ["row", "name", "joins", "contact", "by", "names share no word"]
    assert first == ["203", "'=Bob", "Ann 200", ann, "+13195550101", "yes"]
    assert [int(each[0]) for each in others] == [*range(2, 203)]
    assert {(each[3], each[5]) for each in others} == {(ann, "")}
