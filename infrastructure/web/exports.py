"""Contacts as a file that is sent while it is read from the disk."""

from collections.abc import Iterator
from contextlib import ExitStack
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO

from starlette.responses import Response, StreamingResponse

from application.ports import AccountLog
from application.reads.whole_lists import every_contact
from domain.records import RecordKind
from infrastructure.formats.export import write_contacts
from infrastructure.formats.table import Format
from infrastructure.web.problems import ProblemError

FILES: dict[Format, tuple[str, str]] = {
    "csv": ("text/csv", "contacts.csv"),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "contacts.xlsx",
    ),
    "vcard": ("text/vcard", "contacts.vcf"),
}
"""The media type of a format, and the name of a file."""
_BLOCK = 1 << 16


def exported(
    log: AccountLog,
    format_: Format,
    *,
    q: str | None,
    phone: str | None = None,
    email: str | None = None,
    kind: RecordKind | None,
) -> Response:
    """The response with the contacts that were found. Raises ProblemError, Refused."""
    with ExitStack() as opened:
        try:
            file = opened.enter_context(TemporaryFile())
            with log.reading() as reading:
                contacts = every_contact(reading, q=q, phone=phone, email=email, kind=kind)
                write_contacts(contacts, file, format_)
            size = file.seek(0, SEEK_END)
            file.seek(0)
        except OSError:
            raise ProblemError("unavailable", "there is no room for the file") from None
        opened.pop_all()
    media_type, name = FILES[format_]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_blocks(file), media_type=media_type, headers=headers)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
