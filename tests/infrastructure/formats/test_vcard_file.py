"""vCards of many producers, written by hand as the rows that they become."""

import pickle
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from application.refusals import Refused
from infrastructure.formats.table import Row, Sheet
from infrastructure.formats.vcard_file import LARGEST_CARD, MOST_LINES, open_vcard

CARDS = Path(__file__).parent / "vcards"
FILES = sorted(CARDS.glob("*.vcf"))
TEL = "TEL:202-555-0101\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "contacts.vcf"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def card(content: str, version: str = "3.0") -> str:
    return f"BEGIN:VCARD\nVERSION:{version}\n{content}\nEND:VCARD\n"


def told(sheet: Sheet) -> list[tuple[int, dict[str, str], str | None]]:
    """Each row with its number, its cells that are not empty, and what is wrong."""
    assert sheet.header is not None
    rows = []
    for row in sheet.rows():
        pairs = zip(sheet.header, row.cells, strict=True)
        said = {name: cell for name, cell in pairs if cell}
        if row.external_id is not None:
            said["UID"] = row.external_id
        rows.append((row.number, said, row.wrong))
    return rows


def cells(folder: Path, content: str | bytes, encoding: str = "utf-8-sig") -> dict[str, str]:
    """The cells of a file with one good card."""
    ((number, row, wrong),) = told(open_vcard(written(folder, content), encoding))
    assert (number, wrong) == (1, None)
    return row


def of(producer: str) -> list[dict[str, str]]:
    """The rows of a producer's file that are persons."""
    sheet = open_vcard(CARDS / f"{producer}.vcf", "utf-8-sig")
    return [row for _, row, wrong in told(sheet) if wrong is None]


def phones(*pairs: tuple[str, str]) -> dict[str, str]:
    return numbered("Phone", pairs)


def emails(*pairs: tuple[str, str]) -> dict[str, str]:
    return numbered("E-mail", pairs)


def numbered(kind: str, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (label, value) in enumerate(pairs, start=1):
        found |= {f"{kind} {number} - Value": value}
        found |= {f"{kind} {number} - Label": label} if label else {}
    return found


class TestProducers:
    def test_apple(self) -> None:
        ada, boats = of("apple")
        assert ada == {
            "Name": "Dr. Adaeze Marie Okafor",
            "First Name": "Adaeze",
            "Middle Name": "Marie",
            "Last Name": "Okafor",
            "Name Prefix": "Dr.",
            "Nickname": "Ada",
            **phones(
                ("iphone mobile", "+1 202 555 0102"),
                ("mobile", "(202) 555-0101"),
                ("Boat house", "202-555-0104"),
                ("Main", "202-555-0106"),
            ),
            **emails(("work", "adaeze@harbour.test"), ("Weekend", "ada@weekend.test")),
            "Fax": "202-555-0103; 202-555-0105",
            "Organization Name": "Harbour Clinic",
            "Department": "Cardiology",
            "Organization Title": "Consultant",
            "Address": "12 Quay Street, Flat 3, Annapolis, MD, 21401, United States",
            "City": "Annapolis",
            "Region": "MD",
            "Postal Code": "21401",
            "Country": "United States",
            "Website": "https://harbour.test",
            "Birthday": "--05-17",
            "Notes": "Met in May; likes tea, no sugar.\nCall late.",
            "Categories": "Friends, Health",
            "UID": "5F2C1D0A-8F1B-4C57-9A33-0C6A7C2E1B44",
        }
        assert boats == {
            "Name": "Seaside Boats, Ltd.",
            **phones(("work", "202-555-0107")),
            "Organization Name": "Seaside Boats, Ltd.",
        }

    def test_a_group_of_apple_is_not_a_person(self) -> None:
        *_, (number, row, wrong) = told(open_vcard(CARDS / "apple.vcf", "utf-8"))
        assert (number, row["Name"], wrong) == (3, "Sailing club", "is a group, not a person")

    def test_google(self) -> None:
        juergen, only = of("google")
        assert juergen == {
            "Name": "J\u00fcrgen Gro\u00df",
            "First Name": "J\u00fcrgen",
            "Last Name": "Gro\u00df",
            **phones(
                ("mobile", "+1 202-555-0111"),
                ("home", "+1 202-555-0112"),
                ("Werkstatt", "+1 202-555-0113"),
            ),
            **emails(("home", "juergen@gross.test"), ("", "jg@other.test")),
            "Organization Name": "Gro\u00df & S\u00f6hne",
            "Organization Title": "Meister",
            "Address": "Lange Stra\u00dfe 7, K\u00f6ln, NRW, 50667, DE",
            "City": "K\u00f6ln",
            "Region": "NRW",
            "Postal Code": "50667",
            "Country": "DE",
            "Website": "https://gross.test",
            "Birthday": "19700401",
            "Notes": "Erste Zeile\nZweite Zeile",
            "Categories": "myContacts, Handwerk",
        }
        assert only == {**emails(("", "only@mail.test")), "Categories": "myContacts"}

    def test_outlook(self) -> None:
        (jose,) = of("outlook")
        assert jose == {
            "Name": "Mr. Jos\u00e9 N\u00fa\u00f1ez Jr.",
            "First Name": "Jos\u00e9",
            "Last Name": "N\u00fa\u00f1ez",
            "Name Prefix": "Mr.",
            "Name Suffix": "Jr.",
            **phones(
                ("work", "(202) 555-0121"),
                ("home", "(202) 555-0122"),
                ("mobile", "(202) 555-0123"),
            ),
            **emails(("", "jose@northwind.test"), ("", "jose@home.test")),
            "Fax": "(202) 555-0124; (202) 555-0125",
            "Pager": "(202) 555-0126",
            "Organization Name": "Northwind Tiles",
            "Department": "Sales",
            "Organization Title": "Regional Manager",
            "Address": "1 Market Square, Building C, Suite 5, Dover, DE, 19904, "
            "United States of America",
            "City": "Dover",
            "Region": "DE",
            "Postal Code": "19904",
            "Country": "United States of America",
            "Address 2": "4 Elm Road, Dover, DE, 19901, United States of America",
            "Website": "http://northwind.test",
            "Notes": "Prefers the morning.\nAsk for the price list; it is new.",
        }

    def test_android(self) -> None:
        anna, plumber = of("android")
        first, last = "\u0410\u043d\u043d\u0430", "\u0418\u0432\u0430\u043d\u043e\u0432\u0430"
        assert anna == {
            "Name": f"{first} {last}",
            "First Name": first,
            "Last Name": last,
            "Nickname": "Anya",
            **phones(
                ("mobile", "202-555-0131"),
                ("mobile", "*100#"),
                ("work", "202-555-0132"),
                ("dacha", "202-555-0133"),
            ),
            **emails(("home", "anna@ivanova.test")),
            "Organization Name": "\u0420\u043e\u0433\u0430",
            "Address": "\u041b\u0435\u0441\u043d\u0430\u044f 5",
            "Notes": "\u0414\u0430\n\u041d\u0435\u0442",
        }
        assert plumber == {
            "Name": "Plumber",
            "First Name": "Plumber",
            **phones(("mobile", "202-555-0134")),
        }

    def test_nokia(self) -> None:
        aino, taxi = of("nokia")
        assert aino == {
            "First Name": "Aino",
            "Last Name": "M\u00e4kinen",
            **phones(("mobile", "+12025550141"), ("home", "+12025550142")),
            **emails(("", "aino@makinen.test")),
            "Fax": "+12025550143",
            "Address": "H\u00e4meentie 1, Helsinki, 00500, Finland",
            "City": "Helsinki",
            "Postal Code": "00500",
            "Country": "Finland",
            "Birthday": "19810230",
        }
        assert taxi == {"First Name": "Taxi", **phones(("", "+12025550144"))}

    def test_thunderbird(self) -> None:
        (mei,) = of("thunderbird")
        assert mei == {
            "Name": "Mei Lin",
            "First Name": "Mei",
            "Last Name": "Lin",
            "Nickname": "Mimi",
            **phones(
                ("work", "202 555 0151"), ("home", "202 555 0152"), ("mobile", "202 555 0153")
            ),
            **emails(("", "mei@lin.test"), ("work", "mei.lin@work.test"), ("", "third@lin.test")),
            "Fax": "202 555 0154",
            "Pager": "202 555 0155",
            "Organization Name": "Lin & Co.",
            "Department": "Design",
            "Organization Title": "Designer",
            "Address": "9 Lotus Lane, Salem, OR, 97301, United States",
            "City": "Salem",
            "Region": "OR",
            "Postal Code": "97301",
            "Country": "United States",
            "Website": "https://lin.test/",
            "Birthday": "19900214",
            "Notes": "Speaks Mandarin, English",
            "UID": "b1f7c7a2-4f0e-4a0f-9b57-2f1a3c6d9e10",
        }

    def test_nextcloud(self) -> None:
        zoe, luc = of("nextcloud")
        assert zoe == {
            "Name": "Zo\u00eb Dubois",
            "First Name": "Zo\u00eb",
            "Last Name": "Dubois",
            **phones(("home", "202-555-0161"), ("work mobile", "202-555-0162")),
            **emails(("home", "zoe@dubois.test")),
            "Address": "3 rue du Port, Nantes, 44000, France",
            "City": "Nantes",
            "Postal Code": "44000",
            "Country": "France",
            "Notes": "Une note assez longue pour que le programme doive la couper "
            "en deux lignes, au milieu d'un mot",
            "Categories": "Famille, Vacances",
            "UID": "2c5d8f7e-9a4b-4f7f-8d53-6f0a1c2b3d4e",
        }
        assert luc == {
            "Name": "Luc Petit",
            "First Name": "Luc",
            "Last Name": "Petit",
            **phones(("mobile", "+1-202-555-0163")),
            **emails(("work", "luc@petit.test")),
            "UID": "7d9e0f1a-2b3c-4d5e-8f60-718293a4b5c6",
        }

    def test_a_group_of_nextcloud_is_not_a_person(self) -> None:
        *_, (number, row, wrong) = told(open_vcard(CARDS / "nextcloud.vcf", "utf-8"))
        assert (number, row["Name"], wrong) == (3, "Famille", "is a group, not a person")

    def test_evolution(self) -> None:
        (rui,) = of("evolution")
        assert rui == {
            "Name": "Rui Silva",
            "First Name": "Rui",
            "Last Name": "Silva",
            **phones(("work", "202-555-0171"), ("car", "202-555-0172")),
            **emails(("work", "rui@silva.test"), ("other", "rui@other.test")),
            "Fax": "202-555-0173",
            "Role": "Buyer",
            "Website": "http://silva.test",
            "UID": "pas-id-5E1F0A2B00000001",
        }

    def test_fastmail(self) -> None:
        (kofi,) = of("fastmail")
        assert kofi == {
            "Name": "Kofi Mensah",
            "First Name": "Kofi",
            "Middle Name": "Yaw Nii",
            "Last Name": "Mensah",
            "Name Prefix": "Prof. Dr.",
            "Name Suffix": "PhD, MBA",
            **phones(
                ("home", "tel:+1-202-555-0181;ext=12"),
                ("mobile", "tel:+1 202 555 0183"),
                ("work", "tel:+1-202-555-0182"),
            ),
            **emails(("work", "kofi@work.test"), ("home", "kofi@mensah.test")),
            "Fax": "tel:+1-202-555-0184",
            "Address": "8 Ring Road, Floor 2, PO Box 9, Kumasi, Ashanti, AK-039, Ghana",
            "City": "Kumasi",
            "Region": "Ashanti",
            "Postal Code": "AK-039",
            "Country": "Ghana",
            "Address 2": "5 High St, Accra, Ghana",
            "Website": "https://work.test",
            "Website 2": "https://mensah.test",
            "Birthday": "--0612",
            "UID": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        }

    def test_zimbra(self) -> None:
        (ibrahim,) = of("zimbra")
        assert ibrahim == {
            "Name": "Ibrahim Khan",
            "First Name": "Ibrahim",
            "Last Name": "Khan",
            "Nickname": "Ib",
            **phones(("home", "202-555-0191"), ("mobile", "202-555-0192")),
            **emails(("", "ibrahim@khan.test"), ("", "ib@khan.test")),
            "Fax": "202-555-0193",
            "Pager": "202-555-0194",
            "Organization Name": "Khan Textiles",
            "Department": "Dyeing, Night shift",
            "Organization Title": "Foreman",
            "Address": "77 Mill Lane, Leeds, LS1 4AB, United Kingdom",
            "City": "Leeds",
            "Postal Code": "LS1 4AB",
            "Country": "United Kingdom",
            "Website": "http://khan.test",
            "Notes": "n/a",
        }

    def test_samsung(self) -> None:
        minji, hanako = of("samsung")
        assert minji == {
            "Name": "\uae40\ubbfc\uc9c0",
            "First Name": "\ubbfc\uc9c0",
            "Last Name": "\uae40",
            **phones(("mobile", "2025550195"), ("", "2025550196"), ("whatsapp", "+12025550198")),
            "Fax": "2025550197",
            "Birthday": "1991-03-04",
        }
        assert hanako == {
            "First Name": "\u82b1\u5b50",
            "Last Name": "\u5c71\u7530",
            **phones(("mobile", "2025550199")),
        }


class TestHeader:
    def test_it_has_the_columns_that_some_card_needs_in_order(self, tmp_path: Path) -> None:
        content = card("UID:short\nNOTE:a\nTEL;HOME:1\nFN:A") + card("TEL:2\nTEL:3\nN:B")
        assert open_vcard(written(tmp_path, content), "utf-8").header == (
            "Name",
            "Last Name",
            "Phone 1 - Label",
            "Phone 1 - Value",
            "Phone 2 - Label",
            "Phone 2 - Value",
            "Notes",
        )

    def test_a_sheet_can_be_sent_to_a_process(self, tmp_path: Path) -> None:
        sheet = open_vcard(written(tmp_path, card(TEL)), "utf-8")
        copy = pickle.loads(pickle.dumps(sheet))  # noqa: S301 - our own
        assert (copy, copy.format, copy.notes) == (sheet, "vcard", ())
        assert list(copy.rows()) == [Row(1, ["", "202-555-0101"])]

    def test_the_51st_phone_stands_in_the_last_column(self, tmp_path: Path) -> None:
        row = cells(tmp_path, card("\n".join(f"TEL:{number}" for number in range(1, 53))))
        assert row["Phone 49 - Value"] == "49"
        assert row["Phone 50 - Value"] == "50\n51\n52"
        assert len(row) == 50

    def test_there_are_columns_for_five_addresses(self, tmp_path: Path) -> None:
        row = cells(tmp_path, card("\n".join(f"ADR:;;Street {number}" for number in range(1, 8))))
        assert list(row) == ["Address", *(f"Address {number}" for number in range(2, 6))]
        assert row["Address 5"] == "Street 5\nStreet 6\nStreet 7"


class TestValues:
    @pytest.mark.parametrize(
        ("line", "label"),
        [
            ("TEL;TYPE=HOME,CELL", "home mobile"),
            ('TEL;TYPE="work,voice"', "work"),
            ("TEL;TYPE=cell;TYPE=pref", "mobile"),
            ("TEL;HOME;VOICE", "home"),
            ("TEL;type=main;type=MSG;type=text;type=video", "main"),
            ("tel;CELL;cell", "mobile"),
            ("TEL;FAX;VOICE;WORK", "work"),
            ("TEL;PREF", ""),
        ],
    )
    def test_labels_come_from_types(self, tmp_path: Path, line: str, label: str) -> None:
        assert cells(tmp_path, card(f"{line}:1")) == phones((label, "1"))

    def test_a_preferred_phone_comes_first(self, tmp_path: Path) -> None:
        content = card("TEL:1\nTEL;PREF=2:2\nTEL;TYPE=pref:3\nTEL;PREF=x:4\nTEL;PREF=100:5")
        expected = phones(("", "3"), ("", "2"), ("", "5"), ("", "1"), ("", "4"))
        assert cells(tmp_path, content) == expected

    def test_handles_of_messengers_are_phones_only_if_they_are(self, tmp_path: Path) -> None:
        content = card(
            "X-WhatsApp:+1 202 555 0101\nX-SKYPE:2025550102\nIMPP:tel:+12025550103\n"
            "X-WHATSAPP:ada\nX-WhatsApp:12025550104@s.whatsapp.net"
        )
        assert cells(tmp_path, content) == phones(
            ("whatsapp", "+1 202 555 0101"), ("whatsapp", "12025550104@s.whatsapp.net")
        )

    @pytest.mark.parametrize("uid", ["1", "urn:uuid:123456789012345", "123456789012345"])
    def test_a_short_uid_is_left_out(self, tmp_path: Path, uid: str) -> None:
        assert "UID" not in cells(tmp_path, card(f"UID:{uid}\n{TEL}"))
        assert "UID" in cells(tmp_path, card(f"UID:{uid}6\n{TEL}")) or uid == "1"

    def test_later_cards_with_the_same_uid_have_none(self, tmp_path: Path) -> None:
        uid = "UID:5F2C1D0A-8F1B-4C57\n"
        path = written(tmp_path, "".join(card(f"{uid}FN:{name}\n{TEL}") for name in "ABC"))
        sheet = open_vcard(path, "utf-8-sig")
        assert [row.external_id for row in sheet.rows()] == ["5F2C1D0A-8F1B-4C57", None, None]
        assert [row.external_id for row in sheet.rows()] == ["5F2C1D0A-8F1B-4C57", None, None]

    @pytest.mark.parametrize("uid", ["x" * 1_001, "ü" * 1_000 + "x"])
    def test_a_uid_that_is_too_long_for_an_id_is_left_out(self, tmp_path: Path, uid: str) -> None:
        assert "UID" not in cells(tmp_path, card(f"UID:{uid}\n{TEL}"))
        assert cells(tmp_path, card(f"UID:{uid[:-1]}\n{TEL}"))["UID"] == uid[:-1]

    def test_what_a_spreadsheet_guards_is_read_as_it_was(self, tmp_path: Path) -> None:
        assert cells(tmp_path, card("NOTE:'=1+1")) == {"Notes": "=1+1"}

    def test_a_long_value_stays(self, tmp_path: Path) -> None:
        assert cells(tmp_path, card("NOTE:" + "a" * 100_000)) == {"Notes": "a" * 100_000}

    def test_nul_characters_are_dropped(self, tmp_path: Path) -> None:
        assert cells(
            tmp_path, card("FN:A\0da\nNOTE;QUOTED-PRINTABLE:b=00c\nTEL;HO\0ME:tel:%001")
        ) == {
            "Name": "Ada",
            "Notes": "bc",
            **phones(("home", "tel:1")),
        }

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-8-sig"])
    def test_the_caller_says_the_encoding(self, tmp_path: Path, encoding: str) -> None:
        content = card("FN:J\u00f3n").encode(encoding)
        assert cells(tmp_path, content, encoding) == {"Name": "J\u00f3n"}


class TestCards:
    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
    def test_lines_may_end_in_any_way(self, tmp_path: Path, end: str) -> None:
        content = card("FN:Ada\nNOTE:a\n b\nTEL:1").replace("\n", end)
        assert cells(tmp_path, content) == {"Name": "Ada", "Notes": "ab", **phones(("", "1"))}

    @pytest.mark.parametrize("begin", ["AGENT:\nBEGIN:VCARD", "AGENT:BEGIN:VCARD"])
    def test_an_agent_is_left_out(self, tmp_path: Path, begin: str) -> None:
        agent = f"{begin}\nFN:Agent\nTEL:2\nAGENT:\nBEGIN:VCARD\nFN:Deep\nEND:VCARD\nEND:VCARD"
        content = card(f"FN:Ada\n{agent}\nTEL:1", "2.1")
        assert cells(tmp_path, content) == {"Name": "Ada", **phones(("", "1"))}

    def test_an_agent_in_one_line_is_left_out(self, tmp_path: Path) -> None:
        content = card("AGENT:BEGIN:VCARD\\nFN:Agent\\nEND:VCARD\\n\nFN:Ada")
        assert cells(tmp_path, content) == {"Name": "Ada"}

    def test_the_next_card_or_the_end_of_the_file_ends_a_card(self, tmp_path: Path) -> None:
        content = "BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nBEGIN:VCARD\nFN:C"
        assert told(open_vcard(written(tmp_path, content), "utf-8")) == [
            (1, {"Name": "A"}, None),
            (3, {"Name": "C"}, None),
        ]

    def test_the_last_card_may_be_empty_and_open(self, tmp_path: Path) -> None:
        content = card("FN:A") + "BEGIN:VCARD\nVERSION:3.0\n"
        assert told(open_vcard(written(tmp_path, content), "utf-8")) == [
            (1, {"Name": "A"}, None),
            (2, {}, "is never closed (END:VCARD is missing)"),
        ]

    def test_a_broken_line_costs_only_itself(self, tmp_path: Path) -> None:
        content = card('FN:Ada\nno colon\n:empty\nT\u00c9L:2\nTEL;TYPE="home:1\n;;;\nNOTE:a')
        assert cells(tmp_path, content)["Notes"] == "a"
        assert cells(tmp_path, content)["Phone 1 - Value"] == "1"

    def test_lines_outside_of_cards_are_ignored(self, tmp_path: Path) -> None:
        content = f"TEL:1\nBEGIN:VCALENDAR\nEND:VCALENDAR\n{card('FN:A')}FN:B\n garbage\n"
        assert cells(tmp_path, content) == {"Name": "A"}

    def test_files_put_together_may_have_a_byte_order_mark_each(self, tmp_path: Path) -> None:
        content = f"\ufeff{card('FN:A')}\ufeff{card('FN:B')}"
        sheet = open_vcard(written(tmp_path, content), "utf-8-sig")
        assert [row["Name"] for _, row, _ in told(sheet)] == ["A", "B"]

    def test_a_card_of_too_many_lines_is_wrong(self, tmp_path: Path) -> None:
        content = card("X:\n" * MOST_LINES + "FN:A") + card("FN:B")
        first, second = told(open_vcard(written(tmp_path, content), "utf-8"))
        limit = "is too long: the limit is 10,000 lines and 4,194,304 characters"
        assert first == (1, {}, limit)
        assert second == (2, {"Name": "B"}, None)

    def test_a_card_of_too_many_characters_is_wrong(self, tmp_path: Path) -> None:
        content = card("FN:A\n" + f"NOTE:{'a' * 1_000_000}\n" * 5)
        ((_, row, wrong),) = told(open_vcard(written(tmp_path, content), "utf-8"))
        assert row["Name"] == "A"
        assert wrong is not None
        assert wrong.startswith("is too long")
        assert len(row["Notes"]) < LARGEST_CARD

    def test_pictures_do_not_count(self, tmp_path: Path) -> None:
        picture = "PHOTO;ENCODING=b:" + "/9j/4AAQSkZJRgABAQ\n " * 20_000
        assert cells(tmp_path, card(f"{picture}\nFN:A")) == {"Name": "A"}


class TestRefusedFiles:
    @pytest.mark.parametrize("content", ["", "FN:A\n", "END:VCARD\n", "BEGIN:VCALENDAR\n"])
    def test_one_without_a_card(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(Refused, match=r"contacts\.vcf: has no card \(BEGIN:VCARD\)$"):
            open_vcard(written(tmp_path, content), "utf-8-sig")

    def test_one_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match=r"nowhere\.vcf: No such file or directory"):
            open_vcard(tmp_path / "nowhere.vcf", "utf-8")

    @pytest.mark.parametrize(
        ("content", "encoding"), [(b"\xff", "utf-8"), (b"BEGIN:VCARD", "utf-16")]
    )
    def test_one_that_is_not_in_its_encoding(
        self, tmp_path: Path, content: bytes, encoding: str
    ) -> None:
        path = written(tmp_path, content)
        with pytest.raises(Refused, match="it changed while it was read"):
            open_vcard(path, encoding)

    def test_one_that_gets_another_column_later(self, tmp_path: Path) -> None:
        sheet = open_vcard(written(tmp_path, card("FN:A")), "utf-8")
        written(tmp_path, card("FN:A\nNOTE:b"))
        with pytest.raises(Refused, match="it changed while it was read"):
            list(sheet.rows())


class TestBadInput:
    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
    def test_changed_bytes_give_rows_or_a_refusal(self, tmp_path: Path, file: Path) -> None:
        chance = random.Random(file.stem)  # noqa: S311 - it must be the same each time
        signs = b'\n\r \t:;=\\",\0\xff\xc3.VCARD'
        for encoding in ["utf-8-sig", "cp1252", "latin-1", "utf-16"] * 2:
            content = bytearray(file.read_bytes())
            for _ in range(chance.randrange(1, 30)):
                place = chance.randrange(len(content))
                match chance.randrange(3):
                    case 0:
                        content[place] = chance.choice(signs)
                    case 1:
                        content[place:place] = bytes([chance.randrange(256)])
                    case _:
                        del content[place : place + chance.randrange(40)]
            try:
                sheet = open_vcard(written(tmp_path, bytes(content)), encoding)
                assert all(len(row.cells) == len(sheet.header) for row in sheet.rows())
            except Refused:
                pass

    @pytest.mark.parametrize("name", ["NOTE", "PHOTO;ENCODING=b", "X"])
    @pytest.mark.parametrize("fold", ["", "\n "])
    def test_a_long_line_is_never_held(self, tmp_path: Path, name: str, fold: str) -> None:
        long = ("a" * 8_000 + fold) * 1_000
        path = written(tmp_path, card(f"{name}:{long}\n{TEL}"))
        del long
        tracemalloc.start()
        try:
            row = told(open_vcard(path, "utf-8"))
            assert tracemalloc.get_traced_memory()[1] < 5 << 20
        finally:
            tracemalloc.stop()
        assert row == [(1, phones(("", "202-555-0101")), None)]

    @pytest.mark.heavy
    def test_a_line_of_200_megabytes_costs_little_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "contacts.vcf"
        with path.open("wb") as file:
            file.write(b"BEGIN:VCARD\nNOTE:")
            file.seek(200 << 20)
            file.write(f"\n{TEL}END:VCARD\n".encode())
        program = (
            "import resource, sys\n"
            "from pathlib import Path\n"
            "from infrastructure.formats.vcard_file import open_vcard\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "print(len(list(open_vcard(Path(sys.argv[1]), 'utf-8').rows())))\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / before)\n"
        )
        command = [sys.executable, "-c", program, str(path)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows, growth = printed.split()
        assert int(rows) == 1
        assert float(growth) < 1.5
