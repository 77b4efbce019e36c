"""Lists on the terminal: one line each, columns that fit, and ids whole."""

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from application.documents.contacts import (
    AttributeDocument,
    ConflictDocument,
    ContactDocument,
    PointDocument,
    RecordDocument,
)
from application.documents.decisions import DecisionDocument, MatchedDocument
from application.documents.merges import MergeDocument
from infrastructure.cli.columns import width
from infrastructure.cli.lists import (
    print_conflict_list,
    print_contact_list,
    print_merge_list,
    print_record_list,
)

AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
IDS = ["06h1twvr5f5g9g3y", "06h1twvr5bjty6g4", "06h1twvr4gdyjey2"]
NAMES = ["山田太郎 株式会社サンプル " * 3, "Hubert Wolfeschlegelsteinhausenbergerdorff " * 2, None]
LONG = f"{'very.long.address' * 3}@{'example' * 5}.co.uk"


def point(value: str) -> PointDocument:
    return PointDocument(value=value, written=value, matchable=True, records=[], records_total=1)


def contact(name: str | None) -> ContactDocument:
    return ContactDocument(
        id=IDS[0],
        kind="lead",
        name=name,
        phones=[point("+420603712345;ext=12345"), point("+4930123456")],
        emails=[point(LONG), point("b@c.de")],
        attributes={"company": AttributeDocument(value="Acme " * 20, record=IDS[0], since=AT)},
        counterparts=[],
        version=1,
        created_at=AT,
        updated_at=AT,
    )


def merge(name: str | None) -> MergeDocument:
    decision = DecisionDocument(
        rule="csv",
        matched=[MatchedDocument(kind="email", value=LONG)],
        candidates=[],
        because="email_matched",
        reason="an email matched",
        settings_version=1,
    )
    return MergeDocument(
        id=IDS[0],
        survivor=IDS[1],
        absorbed=IDS[2],
        survivor_name=name,
        absorbed_name=name,
        by="import:people.csv",
        at=AT,
        source="csv",
        decision=decision,
    )


def conflict(name: str | None) -> ConflictDocument:
    identifier = MatchedDocument(kind="email", value=LONG)
    return ConflictDocument(contacts=IDS[:2], names=[name, name], identifier=identifier)


def record(name: str | None) -> RecordDocument:
    return RecordDocument(
        id=IDS[0],
        source="integration",
        integration="hubspot",
        kind="contact",
        external_id="9" * 80,
        updated_at=AT,
        name=name,
        phones=[LONG, LONG],
        emails=[],
        attributes={},
    )


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 200])
def test_a_line_each_that_fits_with_whole_ids(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in NAMES:
        print_contact_list([contact(name)])
        print_merge_list([merge(name)])
        print_conflict_list([conflict(name)])
        print_record_list([record(name)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 * len(NAMES)
    assert all(cell_len(line) <= columns for line in lines), lines
    listed, merges, conflicts, records = (lines[each::4] for each in range(4))
    assert all(line.startswith(f"{IDS[0]}  ") for line in (*listed, *merges, *records))
    assert all(IDS[0] in line and IDS[1] in line for line in conflicts)
    assert all((IDS[1] in line) == (columns >= 110) for line in merges)
    assert all("(lead)" in line and line.count(" +1") == 2 for line in listed)
    assert all("…" in line for line in lines)


@pytest.mark.parametrize(
    ("given", "taken"),
    [("80", 80), ("0", 60), ("", 120), ("wide", 120), ("-5", 120), ("²", 120), ("9" * 40, 99_999)],
)
def test_without_a_terminal_the_width_is_columns_or_120(
    given: str, taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", given)
    assert width() == taken
    monkeypatch.delenv("COLUMNS")
    assert width() == 120
    assert capsys.readouterr().out == ""
