"""How the bytes of a text file are read: docs/files.md, "CSV".

A byte order mark says it. Else it is UTF-8 if all of it is; else the page that old programs use
where the account is.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from application.refusals import Refused

_BLOCK = 1 << 20
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PAGES = {
    "cp1250": "AL BA CZ HR HU ME PL RO RS SI SK",
    "cp1251": "BG BY KG KZ MD MK MN RU TJ UA UZ",
    "cp1253": "CY GR",
    "cp1254": "AZ TR",
    "cp1255": "IL",
    "cp1256": "AE BH DZ EG IQ IR JO KW LB LY MA OM PK PS QA SA SD SY TN YE",
    "cp1257": "EE LT LV",
    "cp1258": "VN",
    "cp874": "TH",
    "cp932": "JP",  # Shift-JIS as Windows writes it
    "cp949": "KR",
    "cp950": "HK MO TW",
    "gb18030": "CN SG",
}
_PAGE_OF = {region: page for page, regions in _PAGES.items() for region in regions.split()}
_WESTERN = "cp1252"
_NAMES = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp932": "Shift-JIS",
    "cp949": "EUC-KR",
    "cp950": "Big5",
    "gb18030": "GB 18030",
}
_NO_TEXT = {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
"""Codecs of Python that no file is written in."""
_FEW = 0.05
"""The share of damaged characters up to which a file is still UTF-8."""
_LOOKED_AT = 4_096
_BYTES = {chr(byte): byte for byte in range(0x80, 0x100)} | {
    bytes([byte]).decode(_WESTERN): byte
    for byte in range(0x80, 0x100)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # no character of this page
}
"""Which byte a character was before it was encoded again, in Latin-1 or the western page."""
_NEXT = f"[{re.escape(''.join(each for each, byte in _BYTES.items() if byte < 0xC0))}]"
_TWICE = re.compile(f"[\xc2-\xdf]{_NEXT}|[\xe0-\xef]{_NEXT}{{2}}|[\xf0-\xf4]{_NEXT}{{3}}")
"""A character that was encoded as UTF-8, read in another page, and encoded as UTF-8 again."""
_FEWEST_TWICE = 3
"""Fewer such characters may be chance."""
_SOME = 0.1
"""The share of such characters from which on their owner is told of them."""


class Encoding(NamedTuple):
    """How to read a file: the codec, what to do with what it cannot read, and what to say of it.

    `is_twice`: what is read so was encoded twice, and is to be `read_once_more`.
    """

    codec: str
    errors: str = "strict"
    note: str | None = None
    is_twice: bool = False

    @property
    def name(self) -> str:
        """Its usual name."""
        return _NAMES.get(self.codec, self.codec.replace("cp125", "Windows-125"))


def read_encoding(text: str) -> str:
    """The codec that a person names: `cp1250`, `Shift-JIS`, `latin1`. Raises Refused."""
    try:
        codec = codecs.lookup(text.strip()) if text.isascii() and "\0" not in text else None
    except LookupError:
        codec = None
    if codec is None or codec.name in _NO_TEXT or not codec._is_text_encoding:  # noqa: SLF001 -- what Python's own `open` asks
        raise Refused(
            f"encoding: `{text[:60]}` is not known; give one such as utf-8, utf-16, cp1252 or "
            "shift_jis"
        )
    return "utf-8-sig" if codec.name == "utf-8" else codec.name


def encoding_of(path: Path, region: str | None, given: str | None = None) -> Encoding:
    """How to read a whole file as text. `region`: that of the account.

    `given`: what a person says; it has to be true of the whole file. Raises Refused, which names
    the file and a line that cannot be read.
    """
    if given is not None:
        codec = read_encoding(given)
        wrong = _first_wrong_line(path, codec)
        if wrong:
            name = Encoding(codec).name
            raise Refused(f"{path}: is not {name} text (line {wrong}); give another encoding")
        return Encoding(codec)
    codec = _by_its_beginning(path)
    wrong = _first_wrong_line(path, codec)
    if wrong is None:
        return _once_or_twice(path) if codec == "utf-8-sig" else Encoding(codec)
    if codec == "utf-8-sig" and _is_damaged_utf8(path):
        note = f"Line {wrong} and perhaps others have bytes that are not UTF-8, shown as \ufffd."
        return Encoding(codec, "replace", note)
    page = _PAGE_OF.get(region or "", _WESTERN)
    for each in (page, _WESTERN) if codec == "utf-8-sig" else ():
        if _first_wrong_line(path, each) is None:
            return Encoding(each)
    raise Refused(f"{path}: is not text that can be read (line {wrong}); save it as UTF-8")


def _by_its_beginning(path: Path) -> str:
    beginning = next(_blocks(path, _LOOKED_AT), b"")
    for mark, codec in _MARKS.items():
        if beginning.startswith(mark):
            return codec
    # Most characters of a file in UTF-16 are such that every second byte is 0.
    nothing = [beginning[place::2].count(0) * 4 > len(beginning) // 2 for place in (0, 1)]
    if nothing == [False, True]:
        return "utf-16-le"
    if nothing == [True, False]:
        return "utf-16-be"
    return "utf-8-sig"


def _first_wrong_line(path: Path, codec: str) -> int | None:
    """The number of the first line that cannot be read; None if all of them can."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    try:
        for block in _blocks(path, _BLOCK):
            decoder.decode(block)
            line += block.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        seen = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        return line + seen.count(b"\n")
    return None


def read_once_more(text: str) -> str:
    """A text as it was before it was encoded twice: `M\u00fcller` of `M\u00c3\u00bcller`."""
    return text if text.isascii() else _TWICE.sub(lambda found: _once(found[0]), text)


def _once(text: str) -> str:
    try:
        return bytes(map(_BYTES.__getitem__, text)).decode()
    except UnicodeDecodeError:
        return text


def _once_or_twice(path: Path) -> Encoding:
    """How to read UTF-8: as what was encoded twice only if no character speaks against it."""
    example, number, length, others = "", 0, 0, 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        while block := file.read(_BLOCK) + file.readline():
            if block.isascii():
                continue
            twice = [each for each in _TWICE.findall(block) if _once(each) != each]
            example = example or next(iter(twice), "")
            number += len(twice)
            length += sum(map(len, twice))
            others += len(block) - len(block.encode("ascii", "ignore"))
    if length < max(1, _SOME * others):
        return Encoding("utf-8-sig")
    said = f"`{example}` for `{_once(example)}`"
    if length == others and number >= _FEWEST_TWICE:
        note = f"Its letters with accents were encoded twice ({said}); read as they were meant."
        return Encoding("utf-8-sig", note=note, is_twice=True)
    note = f"Some of its text seems to be encoded twice ({said}); it is read as it stands."
    return Encoding("utf-8-sig", note=note)


def _is_damaged_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 but for a few bytes; in another page hardly anything would be."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    damaged = others = 0
    for block in _blocks(path, _BLOCK):
        text = decoder.decode(block)
        if not text.isascii():
            damaged += text.count("\ufffd")
            others += sum(character > "\x7f" for character in text)
    return damaged < _FEW * others


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The bytes of a file. Raises Refused."""
    try:
        with path.open("rb") as file:
            while block := file.read(size):
                yield block
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
