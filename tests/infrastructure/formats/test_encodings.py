"""The bytes of a file as text: what it says itself, else UTF-8, else the region's page."""

from pathlib import Path

import pytest

from application.refusals import Refused
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.encodings import encoding_of
from infrastructure.formats.rows import read_row

CZECH = "Jm\u00e9no;Telefon\n\u017dofie \u010cern\u00e1;+420 601 123 456\n"
RUSSIAN = "\u0418\u043c\u044f;\u0422\u0435\u043b.\n\u0410\u043d\u043d\u0430;+7 916 123 45 67\n"
JAPANESE = "\u540d\u524d,\u96fb\u8a71\n\u4f50\u85e4 \u82b1\u5b50,+81 90 1234 5678\n"
GERMAN = "Name;Telefon\nJ\u00f6rg Gro\u00df;+49 30 5550174\n"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "contacts.csv"
    path.write_bytes(content)
    return path


def read(path: Path, region: str | None, encoding: str | None = None) -> tuple[str, str | None]:
    """The encoding of a file, as it is shown, and the name in its only row."""
    file = open_contacts(path, region=region, encoding=encoding)
    (row,) = file.rows()
    return file.understood()["encoding"], read_row(row, file.columns, region).name


@pytest.mark.parametrize(
    ("text", "codec", "region", "encoding"),
    [
        (CZECH, "utf-8", "CZ", "UTF-8"),
        (CZECH, "utf-8-sig", "CZ", "UTF-8"),
        (CZECH, "utf-16", "CZ", "UTF-16"),
        (CZECH, "utf-16-le", "CZ", "UTF-16"),
        (CZECH, "utf-16-be", "CZ", "UTF-16"),
        (CZECH, "utf-32", "CZ", "UTF-32"),
        (CZECH, "cp1250", "CZ", "Windows-1250"),
        (CZECH, "cp1250", "SK", "Windows-1250"),
        (RUSSIAN, "cp1251", "RU", "Windows-1251"),
        (RUSSIAN, "cp1251", "UA", "Windows-1251"),
        (JAPANESE, "shift-jis", "JP", "Shift-JIS"),
        (GERMAN, "cp1252", "DE", "Windows-1252"),
        (GERMAN, "cp1252", None, "Windows-1252"),
    ],
)
def test_it_is_found(
    tmp_path: Path, text: str, codec: str, region: str | None, encoding: str
) -> None:
    path = written(tmp_path, text.encode(codec))
    name = text.splitlines()[1].replace(",", ";").split(";")[0]
    assert read(path, region) == (encoding, name)


def test_utf16_with_tabs(tmp_path: Path) -> None:
    path = written(tmp_path, GERMAN.replace(";", "\t").encode("utf-16"))
    assert read(path, "DE") == ("UTF-16", "J\u00f6rg Gro\u00df")


@pytest.mark.parametrize("given", ["cp1250", "Windows-1250", " CP1250 "])
def test_a_person_can_say_it(tmp_path: Path, given: str) -> None:
    path = written(tmp_path, CZECH.encode("cp1250"))
    assert read(path, "US", given) == ("Windows-1250", "\u017dofie \u010cern\u00e1")


@pytest.mark.parametrize("given", ["klingon", "", "idna", "base64", "utf-8\0", "\u00fc"])
def test_one_that_is_not_known_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(Refused, match=r"encoding: `.*` is not known"):
        encoding_of(written(tmp_path, b"phone\n"), None, given)


def test_one_that_the_file_does_not_have_is_refused_with_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"phone\n1\n\xff\n")
    with pytest.raises(Refused, match=r"is not UTF-8 text \(line 3\); give another encoding"):
        encoding_of(path, None, "utf-8")


def test_bytes_that_no_page_of_the_region_has_are_refused(tmp_path: Path) -> None:
    # 0x81 is no character of cp1252; the Japanese page has it.
    with pytest.raises(Refused, match=r"is not text that can be read \(line 2\)"):
        encoding_of(written(tmp_path, b"phone\n\x81\n"), "DE")


def test_a_few_damaged_bytes_do_not_spoil_the_names_of_all_others(tmp_path: Path) -> None:
    people = "".join(f"J\u00f6rg {n},+49 30 5550{n:03}\n" for n in range(100))
    path = written(tmp_path, b"name,phone\n" + people.encode() + b"J\xf6rg,+49 30 5551000\n")
    file = open_contacts(path, region="DE")
    names = [row.cells[0] for row in file.rows()]
    assert names[0] == "J\u00f6rg 0"
    assert names[-1] == "J\ufffdrg"
    (note,) = file.understood()["notes"]
    assert note.startswith("Line 102 and perhaps others have bytes that are not UTF-8")


def twice(text: str, page: str) -> str:
    return text.encode().decode(page)


@pytest.mark.parametrize("page", ["cp1252", "latin-1"])
def test_a_file_that_was_encoded_twice_is_read_as_it_was_meant(tmp_path: Path, page: str) -> None:
    text = "Name,Téléphone\nJörg Groß,030 5550174\nŽofie “Zo” 😀,+420 601 123 456\n"
    if page == "cp1252":
        text = text.replace("”", "“")  # One of its bytes is no character of this page.
    path = written(tmp_path, twice(text, page).encode())
    file = open_contacts(path, region="DE")
    assert file.table.header == ("Name", "Téléphone")
    assert [row.cells[0] for row in file.rows()] == ["Jörg Groß", text.split("\n")[2].split(",")[0]]
    (note,) = file.understood()["notes"]
    assert "encoded twice (`Ã©` for `é`); read as they were meant" in note


@pytest.mark.parametrize(
    ("names", "is_noted"),
    [
        ("MÃ¼ller,MÃ¼ller,MÃ¼ller,Jörg", True),  # One speaks against it.
        ("MÃ¼ller,MÃ¼ller", True),  # They are few.
        ("IRMÃ” SÃO JOÃO CONCEIÇÃO AÇÃO UNIÃO,Jörg,ações,três,avô", False),
        ("Анна,Борис", False),
        ("Ann", False),
    ],
)
def test_what_is_not_certain_is_read_as_it_stands(
    tmp_path: Path, names: str, is_noted: bool
) -> None:
    rows = "".join(f"{name},+49 30 5550174\n" for name in names.split(","))
    file = open_contacts(written(tmp_path, f"name,phone\n{rows}".encode()))
    assert [row.cells[0] for row in file.rows()] == names.split(",")
    said = [note for note in file.understood()["notes"] if "(`Ã¼` for `ü`); it is read" in note]
    assert bool(said) is is_noted


def test_who_says_that_it_is_utf8_is_believed(tmp_path: Path) -> None:
    path = written(tmp_path, twice(GERMAN * 2, "cp1252").encode())
    assert next(iter(open_contacts(path, encoding="utf-8").rows())).cells[0] == "JÃ¶rg GroÃŸ"
