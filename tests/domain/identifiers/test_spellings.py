"""One number is one identifier, however it is spelled: in every region, and in any text."""

import random
import re

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from domain.phones import canonical_phone, is_placeholder

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
MANY = pytest.mark.parametrize(
    "count", [10_000, pytest.param(1_000_000, marks=pytest.mark.heavy)], ids="{:,}".format
)


def examples(region: str) -> list[PhoneNumber]:
    """The example numbers of a region that are no placeholders."""
    found = (phonenumbers.example_number_for_type(region, each) for each in TYPES)
    return [each for each in found if each and not is_placeholder(e164(each))]


def e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spellings(number: PhoneNumber) -> list[str]:
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    digits = e164(number)[1:]
    return [
        e164(number),
        international,
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        f"00{digits}",
        f"  {international}\u00a0",
        international.replace(" ", "\t"),
        re.sub(r"[ \-]", "\u2009", international),
        re.sub(r"[ \-]", ".", international),
        international.replace("-", "\u2011"),
        f"Tel.: {international}",
        f"{international} (mobile)",
        f"{international} (Uwe)",
        f"'{international}",
        f'="+{digits}"',
        f"sip:+{digits}@pbx.test",
        f"{digits}@s.whatsapp.net",
        f"\u202a{international}\u202c",
        "".join(chr(ord(each) + 0xFEE0) for each in f"+{digits}"),
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_the_numbers_of_a_region_in_every_spelling(region: str) -> None:
    for number in examples(region):
        expected = canonical_phone(e164(number), None)
        assert expected is not None
        for other in (region, None, "US", "DE"):
            read = {spelling: canonical_phone(spelling, other) for spelling in spellings(number)}
            assert read == dict.fromkeys(read, expected)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        assert canonical_phone(national, region) == expected


PIECES = (
    *"0123456789" * 4,
    *" -./()+,;:#*x\t\u00a0\u2009\u2011'\"=?_\u2022\u2026X",
    *("00", "(0)", "+49", "+1", "+39", "+52 1", "800", "ext", "ext. ", ";ext=", "x12", ",,"),
    *("202-555-0134", "030 5550174", "+44 20 7946 0018", "5550174", "FLOWERS", "abc", "Uwe"),
    *("tel:", "Tel.: ", "sip:", "@pbx.test", "#31#", " (home)", " mobil", " / ", " fax", "\u0663"),
)
SOME = [each for region in ("US", "DE", "GB", "IT", "FR", "JP") for each in examples(region)]
VANITY = re.compile(r"8(00|33|44|55|66|77|88)")


def any_text(chance: random.Random) -> str:
    """Pieces of numbers at random, or a number in which one to three pieces are changed."""
    if chance.random() < 0.5:
        return "".join(chance.choices(PIECES, k=chance.randint(1, 8)))
    text = chance.choice(spellings(chance.choice(SOME)))
    for _ in range(chance.randint(1, 3)):
        place, length = chance.randint(0, len(text)), chance.choice([0, 0, 1, 2])
        text = f"{text[:place]}{chance.choice(PIECES)}{text[place + length :]}"
    return text


@MANY
def test_any_text(count: int) -> None:
    chance = random.Random(17)  # noqa: S311 - the same texts in every run
    found = 0
    for _ in range(count):
        text = any_text(chance)
        region = chance.choice([None, "US", "DE", "GB", "IT", "MX", "CA", "JP"])
        canonical = canonical_phone(text, region)
        if canonical is None:
            continue
        found += 1
        assert canonical_phone(canonical, chance.choice(REGIONS)) == canonical, text
        letters = any(each.isalpha() for each in text)
        digits = "".join(str(int(each)) for each in text if each.isdecimal())
        if letters and not VANITY.search(digits):
            number = canonical.partition(";ext=")[0]
            assert number[-4:] in digits, f"{text!r} gave {canonical}: letters were dialled"
        other = text.replace(" ", "\u00a0").replace("-", "\u2013")
        assert canonical_phone(f" {other}\t", region) == canonical, text
    assert found > count / 20
