"""Malformed files by seed: fixtures whose bytes were changed, and tables of odd cells."""

import csv
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from hypothesis import strategies as st

from tests.infrastructure.formats.workbooks import changed, shared, with_rows, written

ODD = [
    *(b'"', b'""', b"'", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\r", b"\n", b"\r\n"),
    *(b"\r\r\n", b",", b";", b"\t", b"|", b"sep=;\n", b" ", b"\\", b"=", b":", b"<", b"&", b"@"),
    *(b"\x85", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xc3", b"END:VCARD\n", b"BEGIN:VCARD\n"),
    *(b"ENCODING=QUOTED-PRINTABLE", b"+1 319 555 5677", b"<row>", b"_x0000_", b"PK\3\4", b"-1"),
]


@cache
def fixtures() -> dict[str, list[bytes]]:
    here = Path(__file__).parent
    found = {
        "csv": [path.read_bytes() for path in sorted((here / "files").glob("*.csv"))],
        "vcf": [path.read_bytes() for path in sorted((here / "vcards").glob("*.vcf"))],
    }
    table: list[list[object]] = [
        ["Name", "Phone", "Email", "Born"],
        ["Zoë", "+1 319 555 5677", "z@example.test", 1.5],
        ["Bo", 13195554929, None, True],
    ]
    with TemporaryDirectory() as name:
        plain = written(Path(name), *table, Other=[["x"]]).read_bytes()
        as_excel = shared(written(Path(name), *table)).read_bytes()
        stored = changed(written(Path(name), *table), {}, ZIP_STORED).read_bytes()
    return found | {"xlsx": [plain, as_excel, stored]}


def changed_bytes(seed: int) -> bytes:
    """A fixture after some changes; of a workbook, of the zip file or of one of its parts."""
    random = Random(seed)  # noqa: S311 - a seed tells it again
    kind = random.choice(list(fixtures()))
    content, other = (random.choice(fixtures()[kind]) for _ in range(2))
    if kind != "xlsx" or random.random() < 0.3:
        return mutated(content, other, random)
    with ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    read = [name for name in parts if "/sheet" in name or "theme" not in name]
    name, further = random.choice(read), random.choice(read)
    parts[name] = mutated(parts[name], parts[further], random)
    packed = BytesIO()
    with ZipFile(packed, "w", random.choice([ZIP_STORED, ZIP_DEFLATED])) as archive:
        for each, part in parts.items():
            archive.writestr(each, part)
    return packed.getvalue()


def mutated(content: bytes, other: bytes, random: Random) -> bytes:
    for _ in range(random.choice([1, 1, 2, 3, 10])):
        first, second = sorted(random.randrange(len(content) + 1) for _ in range(2))
        block = content[first : min(second, first + random.choice([1, 4, 40, 4_000]))]
        before, after = content[:first], content[first:]
        match random.randrange(7):
            case 0:
                content = before + bytes(byte ^ 1 << random.randrange(8) for byte in after[:1])
                content += after[1:]
            case 1:
                content = before + after[len(block) :]
            case 2:
                content = before + block * random.choice([2, 3, 50]) + after
            case 3:
                content = after + before
            case 4:
                content = before + other[random.randrange(len(other) + 1) :]
            case 5:
                content = before + bytes(random.randrange(256) for _ in range(3)) + after
            case _:
                content = before + random.choice(ODD) * random.choice([1, 1, 2, 100]) + after
        content = content[:100_000]
    return content


odd_texts = st.sampled_from(
    [each.decode("utf-8", "replace") for each in ODD]
    + [
        "",
        " ",
        "\u3000\u2029",
        "Phone",
        "E-Mail",
        "名前",
        "\u202e",
        "\U0001d7db",
        "\U0010fffd",
        "=1+1",
    ]
    + ["0", "1e999", "+420 777 123 456", "a@example.test", "'=x", "Phone\nnumber", "phone 2"]
)
cells = st.one_of(
    odd_texts,
    st.lists(odd_texts, max_size=4).map("".join),
    st.text(max_size=20),
    st.builds(lambda text, times: text * times, odd_texts, st.integers(1, 3_000)),
)
tables = st.lists(st.lists(cells, max_size=7), max_size=8)
header = st.lists(
    st.sampled_from(["Name", "Phone", "Email", "Country", "Phone 1 - Label", "Phone 1 - Value"]),
    max_size=6,
)


def as_csv(table: list[list[str]], random: Random) -> bytes:
    text = StringIO(newline="")
    end = random.choice(["\n", "\r\n", "\r"])
    writer = csv.writer(
        text,
        delimiter=random.choice(",;\t|"),
        quoting=csv.QUOTE_ALL if random.random() < 0.5 else csv.QUOTE_MINIMAL,
        lineterminator=end,
    )
    writer.writerows(table)
    if random.random() < 0.3:  # as a program writes it that knows no quotes
        text = StringIO(end.join(",".join(row) for row in table))
    encoding = random.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "shift_jis"])
    return text.getvalue().encode(encoding, random.choice(["replace", "ignore"]))


def as_vcards(table: list[list[str]], random: Random) -> bytes:
    names = ["FN", "N", "TEL;TYPE=", "TEL", "EMAIL", "ORG", "ADR", "NOTE;CHARSET=", "X-ABLabel"]
    names += ["item1.TEL", "NOTE;ENCODING=QUOTED-PRINTABLE", "UID", "VERSION", "AGENT", "BDAY"]
    written_rows = ("\n".join(f"{random.choice(names)}:{cell}" for cell in row) for row in table)
    text = "\n".join(f"BEGIN:VCARD\n{row}\nEND:VCARD" for row in written_rows)
    return text.encode(random.choice(["utf-8", "utf-16", "cp1252"]), "replace")


def as_xlsx(table: list[list[str]], random: Random) -> bytes:
    def cell(text: str) -> str:
        kept = "".join(each for each in text if each >= " " and each not in "\ufffe\uffff")
        if random.random() < 0.2:
            kind = random.choice(["n", "b", "e", "d", "s", "str", "x"])
            return f'<c t="{kind}" s="{random.randrange(3)}"><v>{escape(kept)}</v></c>'
        return f'<c t="inlineStr"><is><t>{escape(kept)}</t></is></c>'

    with TemporaryDirectory() as name:
        rows = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in table)
        return with_rows(Path(name), rows).read_bytes()
