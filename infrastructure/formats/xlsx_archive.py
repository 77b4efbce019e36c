"""The zip file that a workbook is: what may be unpacked of it, and how much at a time."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from application.refusals import Refused

LARGEST = 1 << 30
"""The largest number of bytes of all parts together, unpacked."""
LARGEST_PART = 512 << 20
"""The same of a part; a sheet is read row by row, so it is never in memory as a whole."""
LARGEST_STRINGS = 64 << 20
"""The same of the texts that cells share: they are in memory while a sheet is read."""
LARGEST_OTHER = 16 << 20
"""The same of the workbook's other parts that are read."""
LARGEST_ROW = 8 << 20
"""The largest number of bytes of a row. A row is in memory as a whole, and in larger form."""
MOST_TAGS = 200_000
"""The largest number of tags of a row: each cell of 16,384 has twelve."""
MOST_PARTS = 5_000
MOST_PACKED = 250
"""The largest ratio of a part's size to its packed size."""
_SMALL = 1 << 20
"""Parts of this size may be packed as they like, and the zip file's directory is no larger."""
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
BEGINNINGS = (b"PK\3\4", b"PK\5\6", _OLE)
"""How files of Office programs begin."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DOCTYPE = b"<!DOCTYPE"
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)""")


class Part:
    """A part of a workbook, read in pieces. Entities could blow it up, so it may declare none."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._end: bytes | None = None

    def read(self, size: int = 1 << 16, /) -> bytes:
        """The next bytes. Raises Refused if they are not XML as workbooks have it."""
        piece = self._source.read(size)
        if self._end is None:
            _check_encoding(piece)
        if _DOCTYPE in (self._end or b"") + piece:
            raise Refused("is damaged: a part of it declares a document type")
        self._end = piece[-len(_DOCTYPE) :]
        return piece


class Rows(Part):
    """A sheet, of which only one row at a time is in memory."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__(source)
        self.next_row()

    def next_row(self) -> None:
        """Say that a row has been read."""
        self._bytes = self._tags = 0

    def read(self, size: int = 1 << 16, /) -> bytes:
        piece = super().read(size)
        self._bytes += len(piece)
        self._tags += piece.count(b"<")
        if self._bytes > LARGEST_ROW:
            raise Refused(f"a row is too large: the limit is {_megabytes(LARGEST_ROW)}")
        if self._tags > MOST_TAGS:
            raise Refused(f"a row has too many cells and marks: the limit is {MOST_TAGS:,}")
        return piece


class Archive:
    """A zip file whose directory has been checked. Its names are compared as Excel does."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._parts: dict[str, ZipInfo] = {}
        for info in archive.infolist():
            self._parts.setdefault(_folded(info.filename), info)

    def __contains__(self, name: str) -> bool:
        """Whether it has a part of this name."""
        return _folded(name) in self._parts

    @contextmanager
    def open(self, name: str, largest: int = LARGEST_OTHER) -> Iterator[IO[bytes]]:
        """The bytes of a part. Raises Refused if it is missing or too large."""
        info = self._parts.get(_folded(name))
        if info is None:
            raise Refused(f"is damaged: its part {name[:100]!r} is missing")
        if info.file_size > largest:
            raise Refused(
                f"its part {name[:100]} is too large: {_megabytes(info.file_size)} unpacked, "
                f"the limit is {_megabytes(largest)}"
            )
        with self._archive.open(info) as part:
            yield part

    def elements(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The name of each element of a part, without namespace, and its attributes."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda tag, attributes: found.append(
            (_local(tag), {_local(key): value for key, value in attributes.items()})
        )
        with self.open(name) as source:
            part = Part(source)
            while piece := part.read(1 << 16):
                parser.Parse(piece)
                yield from found
                found.clear()
            parser.Parse(b"", True)  # noqa: FBT003 -- expat's parameter for the end has no name


class Opened:
    """A workbook's file while it is read. Errors become Refused, which names the file.

    `after`: the number of the last row that was read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.after = 0
        self._file: _SmallReads | None = None

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def archive(self) -> Archive:
        """The zip file. Nothing is unpacked before its directory has been checked."""
        self._file = _SmallReads(io.FileIO(self.path))
        _check_kind(self._file)
        try:
            archive = ZipFile(self._file)
        except BadZipFile:
            self._file.seek(0)
            if self._file.read(4) == b"PK\3\4":
                raise
            raise Refused("is not an Excel workbook; save it as .xlsx") from None
        _check_directory(archive.infolist())
        return Archive(archive)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """openpyxl, zipfile, zlib and expat raise all sorts of errors for damaged files."""
        if self._file is not None:
            self._file.close()
        if isinstance(error, Exception):
            raise Refused(f"{self.path}: {self._reason(error)}") from None

    def _reason(self, error: Exception) -> str:
        after = f"after row {self.after}: " if self.after else ""
        if isinstance(error, Refused):
            damage = "is damaged: "
            text = str(error)
            if after and text.startswith(damage):
                return damage + after + text.removeprefix(damage)
            return after + text
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        said = " ".join(str(error).split())[:200]
        if isinstance(error, LookupError) or not said:
            said = "something is missing in it"
        return f"is damaged: {after}{said}"


class _SmallReads(io.BufferedReader):
    """A file of which only a little may be read at once, so that its directory is small too."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _SMALL:
            raise Refused(f"has too many parts: the limit is {MOST_PARTS:,}")
        return super().read(size)


def _check_kind(file: _SmallReads) -> None:
    """Other kinds of files are named, so that their owner knows what to do."""
    beginning = file.read(len(_OLE))
    if not beginning:
        raise Refused("is empty")
    if beginning == _OLE:
        end = b""
        while piece := file.read(_SMALL):
            if _ENCRYPTED in end + piece:
                raise Refused("is protected with a password; remove it and save again")
            end = piece[-len(_ENCRYPTED) :]
        raise Refused("is an old Excel workbook (.xls); save it as .xlsx")


def _check_directory(parts: list[ZipInfo]) -> None:
    """Raises Refused if the parts would be too large. zipfile unpacks no more than they say."""
    if len(parts) > MOST_PARTS:
        raise Refused(f"has too many parts: {len(parts):,}, the limit is {MOST_PARTS:,}")
    total = sum(part.file_size for part in parts)
    if total > LARGEST:
        raise Refused(
            f"is too large: {_megabytes(total)} unpacked, the limit is {_megabytes(LARGEST)}"
        )
    for part in parts:
        name = f"its part {part.filename[:100]!r}"
        if part.file_size > LARGEST_PART:
            raise Refused(
                f"{name} is too large: {_megabytes(part.file_size)} unpacked, "
                f"the limit is {_megabytes(LARGEST_PART)}"
            )
        if part.file_size > max(_SMALL, MOST_PACKED * part.compress_size):
            raise Refused(
                f"{name} is too large for what the file stores of it: "
                f"the limit is {MOST_PACKED} times"
            )
        if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise Refused(f"is damaged: {name} is packed in a way that no workbook uses")


def _check_encoding(beginning: bytes) -> None:
    declared = _ENCODING.match(beginning.removeprefix(b"\xef\xbb\xbf"))
    if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"} or (
        declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}
    ):
        raise Refused("is damaged: a part of it is not UTF-8 text")


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _megabytes(size: int) -> str:
    return f"{-(-size >> 20):,} MiB"
