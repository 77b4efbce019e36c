"""Lines of vCards 2.1, 3.0 and 4.0: how they are unfolded, and what each says."""

import binascii
import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

LONGEST_LINE = 1 << 20
"""The largest number of characters of an unfolded line; a longer one is left out."""
_LONGEST_PARAMETERS = 10_000
_MOST_COMPONENTS = 10
"""More than a name or an address has."""
_LONGEST_BASE64 = 64 * 1024 * 4 // 3
_MANY = 4_096
"""How many folded pieces are held before they are joined: short ones cost much memory."""

BOUNDARY = re.compile(r"\ufeff*\s*(?:BEGIN|END)\s*:\s*VCARD\s*", re.ASCII | re.IGNORECASE)
_MEDIA = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)\s*[;:]", re.ASCII | re.IGNORECASE)
_QUOTED = re.compile(r'[^:]*;\s*(?:ENCODING\s*=\s*)?"?QUOTED-PRINTABLE\b', re.IGNORECASE)
_OLD = re.compile(r"\s*VERSION\s*:\s*2", re.IGNORECASE)
_LINE = re.compile(
    r"\ufeff*\s*(?:([^\s.:;]+)\.)?([a-z0-9_-]+)\s*"
    r'((?:;(?:[^":;]++|"[^"]*+"|")*+)*+):(.*)',
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
"""Group, name, parameters and value. A quote that is never closed is a character."""
_PARAMETER = re.compile(r';((?:[^";]++|"[^"]*+"|")*+)')
_ENCODINGS = {"quoted-printable", "base64", "7bit", "8bit"}
"""What a word alone may say of the encoding, in 2.1."""
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:[bl]e)?|(?:us-)?ascii|latin-?1|iso-?8859-\d{1,2}|windows-(?:125\d|31j)"
    r"|cp(?:\d{3}|125\d)|koi8-[ru]|mac-?roman|macintosh|tis-?620"
    r"|s(?:hift)?[_-]?jis|euc-(?:jp|kr)|iso-2022-(?:jp|kr)|ks_c_5601-1987"
    r"|gb2312|gbk|gb18030|big5(?:-?hkscs)?",
    re.ASCII | re.IGNORECASE,
)
"""Names that are looked up. Python remembers every name that it does not find."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPED = re.compile(r"\\([\\;,:nN])")
_ESCAPED_OLD = re.compile(r"\\([\\;,:])")
_SEPARATORS = {separator: re.compile(rf"\\.|{separator}", re.DOTALL) for separator in (";", ",")}


class Line(NamedTuple):
    """An unfolded line as it is written. `group`: lower case, or empty; `name`: upper case."""

    group: str
    name: str
    parameters: str
    value: str


def read_lines(file: TextIO) -> Iterator[Line]:
    """The lines of a file that can be read, but those of pictures, sounds and keys.

    `file` is opened with universal newlines. Memory holds one line at most.
    """
    for text in unfolded(_pieces(file)):
        if found := _LINE.fullmatch(text):
            group, name, parameters, value = (each.replace("\0", "") for each in found.groups(""))
            if len(parameters) > _LONGEST_PARAMETERS:
                continue
            yield Line(group.lower(), name.upper(), parameters, value)


def _pieces(file: TextIO) -> Iterator[str]:
    """Lines as they stand in the file, without their end. A line that is too long is cut."""
    while piece := file.readline(LONGEST_LINE + 2):
        yield piece.removesuffix("\n")
        while piece and not piece.endswith("\n"):
            piece = file.readline(LONGEST_LINE)


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Whole lines. Left out: empty ones, those that are too long, pictures, sounds, keys.

    A line goes on in the next one if that begins with white space, or if it is quoted-printable
    and ends in `=`. Nothing goes on over the beginning or the end of a card.
    """
    pieces: list[str] = []
    size = 0
    begun = quoted = soft = old = False
    for line in lines:
        if not line:  # after each line where lines end in \r\r\n; also after base64
            soft = False
            continue
        boundary = BOUNDARY.fullmatch(line) is not None
        folded = line[0] in " \t"
        if begun and (soft or folded) and not boundary:
            # 2.1 breaks a line before white space, later versions put white space in.
            piece = line if soft or old else line[1:]
        else:
            if pieces:
                yield "".join(pieces)
            piece, pieces, size = line, [], 0
            begun = not boundary
            quoted = _QUOTED.match(line) is not None
            old = not boundary and (old or _OLD.match(line) is not None)
            if _MEDIA.match(line):
                size = LONGEST_LINE
        soft = quoted and piece.endswith("=")
        size += len(piece) + 1
        if size > LONGEST_LINE + 1:
            pieces.clear()
            continue
        pieces.append(piece.removesuffix("=") if soft else piece)
        if len(pieces) > _MANY:
            pieces = ["".join(pieces)]
    if pieces:
        yield "".join(pieces)


class Property:
    """What a line says: its types, its preference and its value.

    `encoding`: that of the file. `old`: it is from a card of version 2.1.
    """

    __slots__ = ("_charsets", "_old", "_quoted", "_value", "group", "name", "parameters", "types")

    def __init__(self, line: Line, encoding: str, *, old: bool) -> None:
        self.group, self.name = line.group, line.name
        self.parameters = parameters_of(line.parameters)
        self.types = [word for text in self.parameters.get("type", ()) for word in _words(text)]
        self._old = old
        charset = _known(self._first("charset"))
        self._charsets = [each for each in (charset, "utf-8", encoding) if each]
        written = self._first("encoding").lower()
        self._quoted = written == "quoted-printable"
        self._value = line.value
        if written in {"base64", "b"}:
            self._value = self._from_base64(line.value)
        elif charset and not self._quoted and not line.value.isascii():
            self._value = _in_charset(line.value, charset, encoding)

    def _first(self, name: str) -> str:
        return next(iter(self.parameters.get(name, ())), "").strip()

    @property
    def preference(self) -> int:
        """1 for the most preferred to 100; 101 for one that is not preferred."""
        number = self._first("pref")
        if number.isascii() and number.isdecimal() and len(number) < 4:
            return int(number)
        return 1 if "pref" in self.types else 101

    def text(self) -> str:
        """The whole value."""
        return self._read(self._value)

    def parts(self, separator: str = ";") -> list[str]:
        """What stands between separators."""
        return [self._read(part) for part in _split(self._value, separator)]

    def components(self) -> list[list[str]]:
        """What stands between semicolons: from 3.0 on, each is a list between commas."""
        parts = _split(self._value, ";")[:_MOST_COMPONENTS]
        if self._old or self._quoted:  # there, a comma is a character
            return [[self._read(part)] for part in parts]
        return [[self._read(each) for each in _split(part, ",")] for part in parts]

    def _read(self, value: str) -> str:
        if self._quoted and "=" in value:
            value = self._from_quoted_printable(value)
        if "\\" in value:
            escaped = _ESCAPED_OLD if self._old else _ESCAPED
            value = escaped.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
        if "\r" in value:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        return value.strip()

    def _from_quoted_printable(self, value: str) -> str:
        """The bytes of a whole value at once: a character may be split over two lines."""
        raw = value.encode(self._charsets[0] if not value.isascii() else "ascii", "replace")
        content = binascii.a2b_qp(raw)
        text = self._decoded(content)
        return (content.decode("cp1252", "replace") if text is None else text).replace("\0", "")

    def _from_base64(self, value: str) -> str:
        """A short text, or nothing."""
        if len(value) > _LONGEST_BASE64:
            return ""
        try:
            text = self._decoded(binascii.a2b_base64(value))
        except ValueError:
            return ""
        return "" if text is None or _CONTROL.search(text) else text

    def _decoded(self, content: bytes) -> str | None:
        for charset in self._charsets:
            try:
                return content.decode(charset)
            except (LookupError, UnicodeError):
                continue
        return None


def parameters_of(text: str) -> dict[str, list[str]]:
    """The values of parameters by their names in lower case. A word alone, as in 2.1, is a type."""
    parameters: dict[str, list[str]] = {}
    for parameter in _PARAMETER.findall(text):
        name, equals, value = parameter.partition("=")
        if not equals:
            word = name.strip()
            name, value = ("encoding" if word.lower() in _ENCODINGS else "type"), word
        parameters.setdefault(name.strip().lower(), []).append(value.replace('"', ""))
    return parameters


def _words(text: str) -> list[str]:
    return [word for each in text.lower().split(",") if (word := each.strip())]


def _known(charset: str) -> str:
    """The name of a charset, or nothing if it is not known."""
    try:
        return codecs.lookup(charset).name if _CHARSETS.fullmatch(charset) else ""
    except LookupError:
        return ""


def _in_charset(value: str, charset: str, encoding: str) -> str:
    """A value in its own charset, if the file was read in one that takes any bytes."""
    if encoding.lower().startswith("utf"):
        return value
    try:
        return value.encode(encoding).decode(charset).replace("\0", "")
    except (LookupError, UnicodeError):
        return value


def _split(value: str, separator: str) -> list[str]:
    """What stands between separators that no backslash escapes. Escapes stay."""
    if "\\" not in value:
        return value.split(separator)
    marked = _SEPARATORS[separator].sub(
        lambda found: "\0" if found[0] == separator else found[0], value
    )
    return marked.split("\0")
