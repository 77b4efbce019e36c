"""Phones as people and programs write them: docs/rules.md, "As people write them"."""

import pytest

from domain.phones import Phone, canonical_phone, read_phone

BERLIN = "+49305550174"
WASHINGTON = "+12025550134"


@pytest.mark.parametrize(
    "written",
    [
        "202\t555\t0134",
        "202\u2009555\u20090134",
        "202\u202f555\u00a00134",
        "202\u3000555\u30000134",
        "\uff12\uff10\uff12\uff0d\uff15\uff15\uff15\uff0d\uff10\uff11\uff13\uff14",
        "202\u2013555\u20140134",
        "[202] 555 0134",
    ],
)
def test_white_space_and_signs_of_every_kind_are_the_same(written: str) -> None:
    assert canonical_phone(written, "US") == WASHINGTON


@pytest.mark.parametrize(
    "written",
    [
        "tel:+12025550134",
        "tel:+1-202-555-0134",
        "TEL:2025550134",
        "tel:202-555-0134;phone-context=+1",
        "callto:+12025550134",
        "sip:+12025550134@pbx.test",
        "sip:2025550134@pbx.test;user=phone",
        "sips:+12025550134@pbx.test:5061",
        "whatsapp:+12025550134",
        "12025550134@s.whatsapp.net",
        "12025550134:3@s.whatsapp.net",
        "+12025550134@c.us",
        "'+12025550134",
        "'2025550134",
        '="2025550134"',
        '="+12025550134"',
        "=2025550134",
        '"202-555-0134"',
        "<202-555-0134>",
        "#31#2025550134",
        "*31#2025550134",
        "*67 202 555 0134",
        "*672025550134",
        "2025550134.0",
        "202-555-0134.",
        "\u260e 202-555-0134",
        "\u202a+1 202-555-0134\u202c",
    ],
)
def test_what_wraps_a_number_is_taken_off(written: str) -> None:
    assert canonical_phone(written, "US") == WASHINGTON


def test_the_digits_of_a_messenger_are_international() -> None:
    assert canonical_phone("49305550174@s.whatsapp.net", "US") == BERLIN


def test_the_context_of_a_tel_uri_is_its_country() -> None:
    assert canonical_phone("tel:30-5550174;phone-context=+49", "US") == BERLIN


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("Tel.: 030 5550174", "Tel"),
        ("Tel 030 5550174", "Tel"),
        ("Phone: 030 5550174", "Phone"),
        ("Mobil 030 5550174", "Mobil"),
        ("M: 030 5550174", "M"),
        ("T +49 30 5550174", "T"),
        ("Work mobile: 030 5550174", "Work mobile"),
        ("(home) 030 5550174", "home"),
        ("030 5550174 (home)", "home"),
        ("030 5550174 (mobile)", "mobile"),
        ("030 5550174 cell", "cell"),
        ("030 5550174 - work", "work"),
        ("030 5550174 (M)", "M"),
        ("030 5550174 B\u00fcro", "B\u00fcro"),
        ("030 5550174 (m\u00f3vil)", "m\u00f3vil"),
        ("030 5550174 (domicile)", "domicile"),
        ("030 5550174 (ufficio)", "ufficio"),
        ("030 5550174 (kom\u00f3rka)", "kom\u00f3rka"),
        ("030 5550174 (telem\u00f3vel)", "telem\u00f3vel"),
    ],
)
def test_a_word_that_labels_a_number_becomes_its_label(written: str, label: str) -> None:
    assert read_phone(written, "DE") == Phone(BERLIN, label)


@pytest.mark.parametrize(
    "written", ["Fax: 030 5550174", "030 5550174 (fax)", "Telefax 030 5550174", "030 5550174 Fax"]
)
def test_a_fax_is_no_phone(written: str) -> None:
    assert canonical_phone(written, "DE") is None


@pytest.mark.parametrize(
    "extension",
    [
        " ext 101",
        " ext. 101",
        ", ext. 101",
        "; ext. 101",
        " Ext: 101",
        " extension 101",
        " x101",
        "x101",
        "; x101",
        " x 101",
        "#101",
        " # 101",
        " poste 101",
        " Durchwahl 101",
        " DW 101",
        " int. 101",
        " \u0434\u043e\u0431. 101",
        "p101",
        ",,101",
        ", ,101",
        ",,,101",
        ";101",
        ";ext=101",
        " (ext 101)",
        " ext 101 (work)",
    ],
)
def test_an_extension_is_marked_in_many_ways(extension: str) -> None:
    assert canonical_phone(f"202-555-0134{extension}", "US") == f"{WASHINGTON};ext=101"


@pytest.mark.parametrize(
    "written",
    ["202-555-0134,,101", "202-555-0134, ext. 102", "202-555-0134; x103", "202-555-0134"],
)
def test_colleagues_at_one_switchboard_have_numbers_of_their_own(written: str) -> None:
    others = {"202-555-0134,,101", "202-555-0134, ext. 102", "202-555-0134; x103", "202-555-0134"}
    read = canonical_phone(written, "US")
    assert read is not None
    assert all(canonical_phone(other, "US") != read for other in others - {written})


@pytest.mark.parametrize(
    "written",
    [
        "030 5550174 (Uwe)",
        "030 5550174 Uwe",
        "030 5550174 - Uwe Maier",
        "030 5550174 [Uwe]",
        "030 5550174 (Jamie Foxx)",
        "030 5550174 (\u0423\u0432\u0435)",
        "030 5550174 (Uwe?)",
    ],
)
def test_a_remark_after_a_valid_number_is_left_out(written: str) -> None:
    assert canonical_phone(written, "DE") == BERLIN


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("see ticket 123456", "DE"),
        ("REF 123456", "DE"),
        ("ticket 2025550134", "US"),
        ("call 202-555-0134", "US"),
        ("2025550134abc", "US"),
        ("202-555-0134 ask for 2", "US"),
        ("202 CALL NOW", "US"),
        ("319-FLOWERS", "US"),
        ("1-319-555-HOME", "US"),
        ("555 0134 (Uwe)", "US"),
        ("n/a 12", "US"),
        ("apt 4, 2025550134", "US"),
    ],
)
def test_letters_are_never_dialled(written: str, region: str) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize(
    "written",
    [
        "202-555-XXXX",
        "202-555-xxxx",
        "202-555-01XX",
        "202-555-X134",
        "202-555-013X",
        "(202) 555-****",
        "202 555 01??",
        "202-555-____",
        "202-555-01\u2022\u2022",
        "202-555-0134\u2026",
        "202-555-0134...",
        "2025550134*",
        "202555##34",
        "202555013#",
        "202-555-0134 XX",
        "2025550134 (****)",
    ],
)
def test_a_masked_number_is_no_number(written: str) -> None:
    assert canonical_phone(written, "US") is None


@pytest.mark.parametrize(
    ("written", "region", "canonical"),
    [
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("800-FLOWERS", "US", "+18003569377"),
        ("(800) GO FEDEX", "CA", "+18004633339"),
        ("+1 800 FLOWERS", "DE", "+18003569377"),
        ("888 555 CALL", "US", "+18885552255"),
    ],
)
def test_a_toll_free_number_may_be_spelled(written: str, region: str, canonical: str) -> None:
    assert canonical_phone(written, region) == canonical


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("1-800-FLOWERS", "DE"),
        ("800 FLOWERS", None),
        ("+800 FLOWERS", "US"),
        ("1-800-XXXXXXX", "US"),
        ("1-800-555-HOME", "US"),
        ("1-800-FLOWERSHOP", "US"),
        ("1-800-1A2B3CD", "US"),
        ("1-800-AB-12345", "US"),
        ("1-319-FLOWERS", "US"),
    ],
)
def test_other_spelled_numbers_are_none(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize("region", [None, "US", "DE"])
@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("+48 (0)22 555 01 02", "+48225550102"),
        ("0048 (0) 22 555 01 02", "+48225550102"),
        ("48 (0)22 555 01 02", "+48225550102"),
        ("+49 (0)30 5550174", BERLIN),
        ("(+49) (0)30 5550174", BERLIN),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+39 (0)332 123456", "+390332123456"),
    ],
)
def test_a_zero_in_brackets_after_the_country_code(
    written: str, canonical: str, region: str | None
) -> None:
    assert canonical_phone(written, region) == canonical


def test_a_zero_in_brackets_elsewhere_is_a_zero() -> None:
    assert canonical_phone("(0)30 5550174", "DE") == BERLIN


@pytest.mark.parametrize("region", [None, "US", "MX", "BR"])
@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+55 11 8123-4567", "+5511981234567"),
        ("+55 11 9123-4567", "+5511991234567"),
        ("+229 97 12 34 56", "+2290197123456"),
    ],
)
def test_a_number_of_an_old_plan_is_the_new_one(
    written: str, canonical: str, region: str | None
) -> None:
    assert canonical_phone(written, region) == canonical


@pytest.mark.parametrize(
    ("written", "region", "canonical"),
    [
        ("1 55 1234 5678", "MX", "+525512345678"),
        ("5215512345678", "US", "+525512345678"),
        ("(11) 8123-4567", "BR", "+5511981234567"),
        ("97123456", "BJ", "+2290197123456"),
        ("(11) 7123-4567", "BR", "+551171234567"),
        ("+54 11 2345-6789", None, "+541123456789"),
        ("+225 07 12 34 56", None, None),
    ],
)
def test_what_is_not_certain_stays_apart(
    written: str, region: str | None, canonical: str | None
) -> None:
    assert canonical_phone(written, region) == canonical


@pytest.mark.parametrize("written", ["493-0000", "4930000", "442-0123"])
def test_a_local_part_is_never_read_as_international(written: str) -> None:
    assert canonical_phone(written, "US") is None


@pytest.mark.parametrize(
    ("written", "region", "canonical"),
    [
        ("5550174 / 75", "DE", "+495550174"),
        ("030 5550174 / 75", "DE", BERLIN),
        ("202-555-0134 / 35", "US", WASHINGTON),
        ("202 555 0134-35", "US", WASHINGTON),
        ("06221 123456-78", "DE", "+49622112345678"),
        ("030/5550174", "DE", BERLIN),
    ],
)
def test_a_short_number_after_a_slash_or_dash_replaces_the_last_digits(
    written: str, region: str, canonical: str
) -> None:
    """In Germany the digits after a dash are a direct line, where the whole is a number."""
    assert canonical_phone(written, region) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("030 5550174", ("DE", "NL")),
        ("20 7946 0018", ("GB", "IE")),
    ],
)
def test_the_same_digits_in_two_countries_are_two_numbers(one: str, other: tuple[str, str]) -> None:
    assert canonical_phone(one, other[0]) != canonical_phone(one, other[1])
