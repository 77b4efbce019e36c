"""Contacts written to a file, in any format. Memory holds one contact, whatever their number.

Columns of a table are known when the last contact was read. So contacts are kept in a temporary
file, which has no name, until then.
"""

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

from msgspec import json

from application.documents.contacts import ContactDocument
from infrastructure.formats.csv_writer import write_csv
from infrastructure.formats.exported import Exported, TableColumns, exported
from infrastructure.formats.table import Format
from infrastructure.formats.vcard_exported import write_vcards
from infrastructure.formats.xlsx_writer import write_xlsx

_WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
_DECODER = json.Decoder(Exported)


def write_contacts(contacts: Iterable[ContactDocument], file: IO[bytes], format_: Format) -> None:
    """Write contacts to a file. Raises Refused if the format cannot hold them."""
    if format_ == "vcard":
        write_vcards(file, map(exported, contacts))
        return
    columns = TableColumns()
    with TemporaryFile() as kept:
        for each in map(exported, contacts):
            columns.add(each)
            kept.write(json.encode(each) + b"\n")
        header = columns.header()
        rows = (columns.cells(each, header) for each in _kept(kept))
        _WRITERS[format_](file, header, rows)


def _kept(file: IO[bytes]) -> Iterator[Exported]:
    file.seek(0)
    return map(_DECODER.decode, file)
