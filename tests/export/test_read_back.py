"""What is exported is read back by the import as it was, in every format."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.documents.contacts import ContactDocument, PointDocument
from domain.identifiers import ContactPoint
from domain.records import Record
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.export import write_contacts
from infrastructure.formats.rows import read_row
from infrastructure.formats.table import Format
from tests.export.contacts import CONTACTS
from tests.normal_run import examples

every_format = pytest.mark.parametrize("format_", get_args(Format))


def written(folder: Path, contacts: Sequence[ContactDocument], format_: Format) -> Path:
    path = folder / "contacts"
    with path.open("wb") as file:
        write_contacts(contacts, file, format_)
    return path


def read(path: Path) -> list[Record]:
    file = open_contacts(path, region="US")
    return [read_row(row, file.columns, "US") for row in file.rows()]


def said(points: Sequence[ContactPoint] | Sequence[PointDocument]) -> list[tuple[str, str | None]]:
    return [
        (each.key if isinstance(each, ContactPoint) else each.value, plain(each.label))
        for each in points
    ]


def plain(text: str | None) -> str | None:
    """A text without the kind of its line ends, which a vCard does not keep."""
    return text and text.replace("\r\n", "\n")


@every_format
@settings(max_examples=examples(200), deadline=None)
@given(contacts=st.lists(CONTACTS, min_size=1, max_size=4))
def test_every_value_of_every_contact(
    tmp_path_factory: pytest.TempPathFactory, contacts: list[ContactDocument], format_: Format
) -> None:
    records = read(written(tmp_path_factory.getbasetemp(), contacts, format_))
    for record, exported in zip(records, contacts, strict=True):
        assert plain(record.name) == plain(exported.name)
        assert record.phones is not None
        assert record.emails is not None
        assert said(record.phones) == said(exported.phones)
        assert said(record.emails) == said(exported.emails)
        assert {plain(each): plain(value) for each, value in record.attributes.items()} == {
            plain(each): plain(attribute.value) for each, attribute in exported.attributes.items()
        }
