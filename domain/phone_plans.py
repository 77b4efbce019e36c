"""A quick way to read phones that are written as their numbering plan says, as nearly all are.

phonenumbers reads a number in many steps. Here its own metadata is asked at once. A result is the
same as `domain.phones` finds without this module (tests/domain/identifiers/test_phone_plans.py).
Where that is not certain, there is no result, and the phone is read with care.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

REGIONS = COUNTRY_CODE_TO_REGION_CODE
"""The regions of each country code; the rules of the first read an international number."""
_LONGEST_CODE = 3
_SIGNS = str.maketrans("", "", "+ -./()")
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
_NEVER = r"(?!)"


class _Plan(NamedTuple):
    """How the numbers of a region are written.

    `possible`: the lengths that its main region takes for possible; `general`, `valid`: what looks
    like one of its numbers, and is one; `abroad`, `within`: what is dialled before a number of
    another country, and before a number of the same one; `changes`: whether `within` can change
    the number itself.
    """

    code: str
    possible: frozenset[int]
    general: re.Pattern[str]
    valid: re.Pattern[str]
    abroad: re.Pattern[str]
    within: re.Pattern[str]
    changes: bool


def as_planned(written: str, region: str | None, renumbered: frozenset[str]) -> str | None:
    """The canonical form of a phone in digits and signs, or None if it must be read with care.

    `renumbered`: the country codes whose old numbers have become others.
    """
    digits = written.translate(_SIGNS)
    if "+" not in written:
        plan = _plan_of_region(region) if region is not None else None
        digits = _with_code(digits, plan) if plan is not None else ""
    plan = _plan_of_code(code_of(digits))
    if plan is None:
        return None
    number = digits[len(plan.code) :]
    if len(number) not in plan.possible or plan.within.match(number) or not number.strip("0"):
        return None
    if plan.code in renumbered and not plan.valid.fullmatch(number):
        return None
    return f"+{digits}"


def _with_code(digits: str, plan: _Plan) -> str:
    """A national number with its country code, or an empty text."""
    if digits.startswith("00") or plan.abroad.match(digits):
        return ""
    if plan.valid.fullmatch(digits):
        return "" if plan.within.match(digits) else plan.code + digits
    if digits.startswith(plan.code):
        number = digits[len(plan.code) :]
        if plan.general.fullmatch(digits) or plan.within.match(number):
            return ""
    else:
        dialled = plan.within.match(digits)
        if dialled is None or (plan.changes and dialled[dialled.re.groups] is not None):
            return ""
        number = digits[dialled.end() :]
    return plan.code + number if plan.valid.fullmatch(number) else ""


def code_of(digits: str) -> str:
    """The country code with which an international number begins; an empty text if it has none."""
    return _code_of(digits[:_LONGEST_CODE])


@lru_cache(maxsize=1_000)
def _code_of(digits: str) -> str:
    codes = (digits[:length] for length in range(1, len(digits) + 1))
    known = (code for code in codes if code.isdecimal() and int(code) in REGIONS)
    return next(known, "") if digits[:1] != "0" else ""


@cache
def _plan_of_code(code: str) -> _Plan | None:
    if not code:
        return None
    region = REGIONS[int(code)][0]
    return _plan(PhoneMetadata.metadata_for_region_or_calling_code(int(code), region))


@cache
def _plan_of_region(region: str) -> _Plan | None:
    return _plan(PhoneMetadata.metadata_for_region(region, None))


def _plan(metadata: PhoneMetadata | None) -> _Plan | None:
    if metadata is None or metadata.general_desc is None:
        return None
    general, kinds = metadata.general_desc, (_pattern(getattr(metadata, each)) for each in _KINDS)
    abroad, within = metadata.international_prefix, metadata.national_prefix_for_parsing
    return _Plan(
        str(metadata.country_code),
        frozenset(general.possible_length),
        re.compile(general.national_number_pattern or _NEVER),
        re.compile(f"(?={_pattern(general)}$)(?:{'|'.join(filter(None, kinds)) or _NEVER})"),
        re.compile(abroad or _NEVER),
        re.compile(within or _NEVER),
        bool(metadata.national_prefix_transform_rule),
    )


def _pattern(desc: PhoneNumberDesc | None) -> str:
    """What numbers of a kind look like; an empty text if there are none."""
    if desc is None or not desc.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}" for length in desc.possible_length)
    looks = rf"(?=(?:{lengths})$)" if lengths else ""
    return f"{looks}(?:{desc.national_number_pattern})"
