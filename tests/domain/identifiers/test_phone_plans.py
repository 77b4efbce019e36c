"""The quick way to read a phone gives the same result as reading it with care."""

import random
from collections import Counter

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat as Form
from phonenumbers import PhoneNumberType

from domain import phones
from domain.phone_plans import as_planned
from tests.domain.identifiers.test_spellings import MANY, REGIONS

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
EXAMPLES = [
    (region, number)
    for region in REGIONS
    for kind in PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, kind))
]
BEFORE = ["", "", "0", "1", "8", "+{0}", "+{0}", "+{0} 0", "00{0}", "011{0}", "{0}", "0{0}", "9"]


def any_number(chance: random.Random) -> tuple[str, str | None]:
    """An example in which some digits are changed, or digits alone; and who reads it."""
    region, number = chance.choice(EXAMPLES)
    other = chance.choice([*REGIONS, None])
    if chance.random() < 0.3:
        length = chance.randint(1, 14)
        digits = "".join(chance.choices("0123456789", k=length))
        return chance.choice([f"+{chance.choice(CODES)}{digits}", digits]), other
    digits = phonenumbers.national_significant_number(number)
    for _ in range(chance.choice([0, 0, 1, 2, 4])):
        place, length = chance.randint(0, len(digits)), chance.choice([1, 1, 1, 0, 2])
        digits = f"{digits[:place]}{chance.randint(0, 9)}{digits[place + length :]}"
    before = chance.choice(BEFORE).format(number.country_code)
    return f"{before}{digits}", region if chance.random() < 0.8 else other


@MANY
def test_any_number(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20)  # noqa: S311 - the same numbers in every run
    numbers = [any_number(chance) for _ in range(count)]
    planned = [as_planned(*each, phones.CHANGED_CODES) for each in numbers]
    monkeypatch.setattr(phones, "as_planned", lambda *_: None)
    for (written, region), canonical in zip(numbers, planned, strict=True):
        if canonical is not None:
            assert phones.canonical_phone(written, region) == canonical, (written, region)
    assert count / 5 < sum(canonical is not None for canonical in planned) < count


def test_nearly_all_usual_numbers_are_read_the_quick_way() -> None:
    found = Counter(
        as_planned(written, region, phones.CHANGED_CODES) is not None
        for region, number in EXAMPLES
        for form in (Form.E164, Form.INTERNATIONAL, Form.NATIONAL)
        if not any(map(str.isalpha, written := phonenumbers.format_number(number, form)))
    )
    assert found[True] > 60 * found[False]
