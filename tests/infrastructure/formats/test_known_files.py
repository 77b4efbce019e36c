"""Files as well-known products write them, and headers in twenty languages.

Beside each file stands what a person reads in it: the contacts, and the region of the account.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.records import Record, ValueRefused
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.presets import preset_of
from infrastructure.formats.rows import read_row

FILES = sorted(Path(__file__).with_name("files").glob("*.csv"))


def records(path: Path, region: str | None) -> list[Record]:
    """The records of a file, without the rows that are rejected."""
    file, found = open_contacts(path, region=region), []
    for row in file.rows():
        try:
            found.append(read_row(row, file.columns, region))
        except ValueRefused:
            continue
    return found


def told(record: Record, asked: list[str]) -> dict[str, Any]:
    """What a record says of the fields that a person wrote down."""
    says = {
        "phones": [each.canonical for each in record.phones or ()],
        "emails": [each.canonical for each in record.emails or ()],
        **record.fields,
    }
    return {name: says.get(name) for name in asked}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_contacts_are_those_that_a_person_reads(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    read = records(path, expected["region"])
    contacts = expected["contacts"]
    assert len(read) == len(contacts)
    assert [
        told(record, list(each)) for record, each in zip(read, contacts, strict=True)
    ] == contacts


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_an_export_is_known_unasked(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    file = open_contacts(path, region=expected["region"])
    preset = preset_of(file.table.header)
    assert (preset and preset.key) == expected["preset"]
    assert file.understood()["preset"] == (preset and preset.name)
