"""Lines of vCards: where one ends, and what its parameters and its value say."""

from io import StringIO
from time import process_time

import pytest

from infrastructure.formats.vcard_lines import (
    LONGEST_LINE,
    Line,
    Property,
    parameters_of,
    read_lines,
    unfolded,
)


def one(text: str, encoding: str = "utf-8", *, old: bool = False) -> Property:
    (line,) = read_lines(StringIO(text))
    return Property(line, encoding, old=old)


def quoted(value: str, charset: str = "", encoding: str = "utf-8") -> str:
    """The text of a quoted-printable note."""
    parameter = f";CHARSET={charset}" if charset else ""
    text = f"NOTE{parameter};ENCODING=QUOTED-PRINTABLE:{value}"
    return one(text, encoding, old=True).text()


class TestUnfolding:
    def test_from_3_0_on_the_white_space_of_a_fold_is_dropped(self) -> None:
        lines = ["VERSION:3.0", "NOTE:one", " two", "\tthree", "  four", "N:A"]
        assert list(unfolded(lines)) == ["VERSION:3.0", "NOTE:onetwothree four", "N:A"]

    def test_in_2_1_it_belongs_to_the_text(self) -> None:
        lines = ["VERSION:2.1", "NOTE:one", " two", "END:VCARD", "NOTE:one", " two"]
        assert list(unfolded(lines)) == [
            "VERSION:2.1",
            "NOTE:one two",
            "END:VCARD",
            "NOTE:onetwo",
        ]

    def test_quoted_printable_goes_on_after_an_equals_sign(self) -> None:
        lines = ["N;QUOTED-PRINTABLE:a=", "b=", "", "TEL:1=", "TEL:2"]
        assert list(unfolded(lines)) == ["N;QUOTED-PRINTABLE:ab", "TEL:1=", "TEL:2"]

    @pytest.mark.parametrize("boundary", ["END:VCARD", "begin:vcard", "END:VCARD  "])
    def test_nothing_goes_on_over_the_end_of_a_card(self, boundary: str) -> None:
        lines = ["N;QUOTED-PRINTABLE:a=", boundary, " BEGIN:VCARD"]
        assert list(unfolded(lines)) == ["N;QUOTED-PRINTABLE:a", boundary, " BEGIN:VCARD"]

    @pytest.mark.parametrize("name", ["PHOTO", "logo;X=1", "item1.SOUND", "KEY"])
    def test_media_are_left_out_with_their_folds(self, name: str) -> None:
        assert list(unfolded(["A:1", f"{name}:AAAA", " BBBB", " CCCC=", "B:2"])) == ["A:1", "B:2"]

    @pytest.mark.parametrize("fold", [10, 75, 100_000])
    def test_a_line_that_is_too_long_is_left_out(self, fold: int) -> None:
        value = "a" * (LONGEST_LINE - 5)
        folds = [f" {value[place : place + fold]}" for place in range(0, len(value), fold)]
        assert list(unfolded(["NOTE:", *folds, " more", "B:2"])) == ["B:2"]

    def test_the_longest_line(self) -> None:
        text = "NOTE:" + "a" * (LONGEST_LINE - 5)
        assert [len(line.value) for line in read_lines(StringIO(text))] == [LONGEST_LINE - 5]
        assert list(read_lines(StringIO(text + "a\nB:2"))) == [Line("", "B", "", "2")]


class TestLines:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("TEL:1", Line("", "TEL", "", "1")),
            ("Item1.tel;TYPE=home:1:2", Line("item1", "TEL", ";TYPE=home", "1:2")),
            ('A;B="x:y;z":1', Line("", "A", ';B="x:y;z"', "1")),
            ('A;B="x:1', Line("", "A", ';B="x', "1")),
            ("A:", Line("", "A", "", "")),
            ("X_Y-1 ;B :c\0", Line("", "X_Y-1", ";B ", "c")),
        ],
    )
    def test_a_line_has_a_group_a_name_parameters_and_a_value(self, text: str, line: Line) -> None:
        assert list(read_lines(StringIO(text))) == [line]

    @pytest.mark.parametrize(
        "text", ["", "A", ":1", ";:1", "a b:1", "\u00e9:1", "a.b.c:1", "A\0:1"]
    )
    def test_a_broken_line_is_left_out(self, text: str) -> None:
        assert list(read_lines(StringIO(f"{text}\nB:2"))) == [Line("", "B", "", "2")]

    def test_parameters(self) -> None:
        assert parameters_of(';HOME;type="a,b";Type=c;BASE64;charset=UTF-8;=x;;e=f=g') == {
            "type": ["HOME", "a,b", "c", ""],
            "encoding": ["BASE64"],
            "charset": ["UTF-8"],
            "": ["x"],
            "e": ["f=g"],
        }

    def test_types_are_words_in_lower_case(self) -> None:
        assert one('TEL;HOME;TYPE="Work, voice";TYPE=pref:1').types == [
            "home",
            "work",
            "voice",
            "pref",
        ]

    @pytest.mark.parametrize(
        ("parameters", "preference"),
        [("PREF=1", 1), ("PREF=99", 99), ("PREF", 1), ("TYPE=pref", 1), ("PREF=\u00b2", 101)],
    )
    def test_preference(self, parameters: str, preference: int) -> None:
        assert one(f"TEL;{parameters}:1").preference == preference


class TestValues:
    def test_escapes(self) -> None:
        written = r"NOTE:a\,b\;c\nd\Ne\\nf\x\ "
        assert one(written).text() == "a,b;c\nd\ne\\nf\\x\\"
        assert one(written, old=True).text() == "a,b;c\\nd\\Ne\\nf\\x\\"

    def test_parts_stand_between_separators_that_are_not_escaped(self) -> None:
        assert one(r"ORG:a\;b;c\\;d").parts() == ["a;b", "c\\", "d"]
        assert one(r"N:a,b\,c;;d").components() == [["a", "b,c"], [""], ["d"]]
        assert one("N:a,b;c", old=True).components() == [["a,b"], ["c"]]

    def test_a_character_may_be_split_over_two_lines(self) -> None:
        assert quoted("J=C3=\n=BCrgen") == "J\u00fcrgen"

    @pytest.mark.parametrize(
        ("value", "charset", "text"),
        [
            ("=FA", "windows-1252", "\u00fa"),
            ("=E0", "windows-1251", "\u0430"),
            ("=93=FA", "SHIFT_JIS", "\u65e5"),
            ("=C3=BA", "utf8", "\u00fa"),
            ("=C3=BA", "", "\u00fa"),
            ("=C3=BA", "klingon", "\u00fa"),
            ("=C3=BA", "cp123", "\u00fa"),
            ("=C3=BA", "rot13", "\u00fa"),
            ("=FA", "utf-8", "\u00fa"),
            ("=81", "", "\ufffd"),
            ("=zz=4", "", "=zz=4"),
            ("\u00fa=FA", "windows-1252", "\u00fa\u00fa"),
            ("\u0430=FA", "windows-1252", "?\u00fa"),
        ],
    )
    def test_charsets(self, value: str, charset: str, text: str) -> None:
        assert quoted(value, charset) == text

    def test_the_charset_of_the_file_is_taken_for_one_that_is_not_known(self) -> None:
        assert quoted("=E0", "klingon", "cp1251") == "\u0430"
        assert quoted("=E0", "", "cp1251") == "\u0430"

    def test_separators_that_are_encoded_are_characters(self) -> None:
        line = one("N;ENCODING=QUOTED-PRINTABLE:a=3Bb;c=2Cd=0D=0Ae", old=True)
        assert line.components() == [["a;b"], ["c,d\ne"]]

    def test_a_plain_value_may_have_its_own_charset(self) -> None:
        raw = "J\u00f3n".encode().decode("cp1252")
        assert one(f"FN;CHARSET=UTF-8:{raw}", "cp1252").text() == "J\u00f3n"
        assert one("FN;CHARSET=UTF-8:J\u00f3n", "cp1252").text() == "J\u00f3n"
        assert one("FN;CHARSET=windows-1251:J\u00f3n", "utf-8").text() == "J\u00f3n"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("SsO8cmdlbg==", "J\u00fcrgen"),
            ("SsO8 cmdl bg==", "J\u00fcrgen"),
            ("AAEC", ""),
            ("S", ""),
            ("\u00e9", ""),
            ("QUFB" * 30_000, ""),
        ],
    )
    @pytest.mark.parametrize("parameter", ["ENCODING=b", "BASE64"])
    def test_base64_is_read_if_it_is_a_short_text(
        self, parameter: str, value: str, text: str
    ) -> None:
        assert one(f"NOTE;{parameter}:{value}").text() == text


@pytest.mark.parametrize(
    "text",
    [
        "NOTE" + ";QUOTED-PRINTABLE" * 60_000,
        "NOTE;" + '"' * 1_000_000,
        "NOTE;" + '";' * 500_000,
        "NOTE" + " " * 1_000_000,
        "a." * 500_000,
        "NOTE;QUOTED-PRINTABLE:" + "a=\n" * 100_000,
        "NOTE:" + "\n a" * 100_000,
    ],
    ids=["heads", "quotes", "quoted", "spaces", "dots", "soft breaks", "folds"],
)
def test_no_line_takes_long(text: str) -> None:
    began = process_time()
    assert len(list(read_lines(StringIO(text)))) < 2
    assert process_time() - began < 2
