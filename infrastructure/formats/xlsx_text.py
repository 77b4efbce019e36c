"""What a cell of a workbook shows: phones keep their leading zeros, their `+` and all digits."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from math import isfinite
from typing import Literal

CellValue = str | float | bool | datetime | date | time | timedelta | None

_MOST = 10**21
"""Numbers from here on are shown without their format."""
_MOST_DECIMALS = 30
"""As in Excel; so a number and its decimals fit into `_EXACT`."""
_EXACT = Context(prec=60)
_HALF_A_SECOND = timedelta(milliseconds=500)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r"|\\(?P<escaped>.?)"
    r"|[_*].?"  # room as wide as a character, or filled with one
    r"|\[\$(?P<currency>[^\]-]*+)[^\]]*+\]"
    r"|\[(?P<condition>[<>=]++[^\]]*+)\]"
    r"|\[[^\]]*+\]"  # a colour
    r"|(?P<general>General)"
    r"|(?P<digit>[0#?])"
    r"|(?P<point>\.)"
    r"|(?P<percent>%)"
    r"|,"  # thousands: a phone must not be split at commas
    r"|(?P<end>;)"
    r"|(?P<other>E[+-]|[dmyhsb/@])"  # an exponent, a date, a fraction, a text
    r"|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ESCAPED = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")

_Kind = Literal["literal", "digit", "point", "general"]


@dataclass(slots=True)
class _Section:
    """One of the forms of a number format. `whole`: the number is shown as without a format."""

    condition: tuple[str, float] | None
    tokens: list[tuple[_Kind, str]]
    percent: bool
    whole: bool


def shown(value: CellValue, number_format: str = "General") -> str:
    """What a cell shows. The format decides for numbers only; dates and times are ISO."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if not isfinite(value):
            return ""
        plain = number_format in {"General", "@", "0"} and isinstance(value, int)
        return str(value) if plain else _number(value, number_format)
    if isinstance(value, timedelta):
        return _duration(value)
    return _moment(value)


def unescaped(text: str) -> str:
    """A text as it is meant: `_x000D_` is a carriage return. What is no character stays."""
    return _ESCAPED.sub(_characters, text) if "_x" in text else text


def _characters(escaped: re.Match[str]) -> str:
    units = bytes.fromhex(escaped[0].replace("_x", "").replace("_", ""))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:
        return escaped[0]


def _moment(value: date | time) -> str:
    if isinstance(value, datetime):
        if value.microsecond and value.year < MAXYEAR:
            value = (value + _HALF_A_SECOND).replace(microsecond=0)
        if value.time() == time():
            return value.date().isoformat()
        return f"{value.date().isoformat()} {_moment(value.time())}"
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return value.isoformat()


def _duration(value: timedelta) -> str:
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta() and seconds else ""
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def _number(value: float, number_format: str) -> str:
    exact = _decimal(value)
    if abs(exact) >= _MOST:
        return _plain(exact) if isinstance(value, int) else repr(value)
    sections = _sections(number_format or "General")
    section = _chosen(sections, exact)
    if section.whole:
        return _plain(exact)
    of_negatives = section.condition is not None and section.condition[0] in {"<", "<="}
    of_negatives = of_negatives and section.condition is not None and section.condition[1] <= 0
    second = len(sections) > 1 and section is sections[1] and sections[0].condition is None
    sign = "" if of_negatives or second else "-"
    text = _filled(section, abs(exact))
    return sign + text if exact < 0 and re.search("[1-9]", text) else text


def _decimal(value: float) -> Decimal:
    """A number as it was typed: a spreadsheet keeps 15 digits of what is not whole."""
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(repr(value) if value.is_integer() else f"{value:.15g}")


def _plain(exact: Decimal) -> str:
    """All digits, without an exponent."""
    text = f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _chosen(sections: list[_Section], value: Decimal) -> _Section:
    """The section for a number: by its condition, else the usual one for its sign."""
    numeric = sections[:3]
    for place, section in enumerate(numeric):
        if section.condition is not None:
            if _holds(section.condition, value):
                return section
        elif place == len(numeric) - 1 or (
            (value > 0 or (value == 0 and len(numeric) == 2)) if place == 0 else value < 0
        ):
            return section
    return _Section(None, [], percent=False, whole=True)


def _holds(condition: tuple[str, float], value: Decimal) -> bool:
    operator, limit = condition[0], Decimal(condition[1])
    return (
        ("=" in operator and value == limit)
        or ("<" in operator and value < limit)
        or (">" in operator and value > limit)
    )


def _filled(section: _Section, value: Decimal) -> str:
    """The digits of a number, from the right, in the places that a section has for them."""
    kinds = [kind for kind, _ in section.tokens]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    before, after = section.tokens[:point], section.tokens[point + 1 :]
    if section.percent:
        value *= 100
    if "digit" not in kinds:
        return "".join(
            text if kind == "literal" else _plain(value) if kind == "general" else ""
            for kind, text in section.tokens
        )
    places = min(_MOST_DECIMALS, sum(kind == "digit" for kind, _ in after))
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    whole, _, decimals = f"{rounded:f}".partition(".")
    decimals_shown = _decimals(after, decimals)
    separator = "." if re.search(r"\d", decimals_shown) and places else ""
    return _whole(before, whole.lstrip("0")) + separator + decimals_shown


def _whole(tokens: list[tuple[_Kind, str]], digits: str) -> str:
    """The digits before the point: the first place takes all that are left."""
    places = [place for place, (kind, _) in enumerate(tokens) if kind == "digit"]
    zeros = [place for place in places if tokens[place][1] == "0"]
    texts = [text if kind == "literal" else "" for kind, text in tokens]
    for place in reversed(places):
        if place == places[0]:
            texts[place] = digits
        else:
            texts[place], digits = digits[-1:], digits[:-1]
        if not texts[place] and zeros and place >= zeros[0]:
            texts[place] = "0"
    text = "".join(texts)
    return text if places else digits + text


def _decimals(tokens: list[tuple[_Kind, str]], decimals: str) -> str:
    """The digits behind the point; `#` and `?` show no zeros at the end."""
    wanted = "".join(text for kind, text in tokens if kind == "digit")
    fewest = wanted.rfind("0") + 1
    kept = decimals[:fewest] + decimals[fewest:].rstrip("0")
    texts, place = [], 0
    for kind, text in tokens:
        if kind == "digit":
            texts.append(kept[place : place + 1])
            place += 1
        elif kind == "literal":
            texts.append(text)
    return "".join(texts)


@lru_cache(maxsize=1024)
def _sections(number_format: str) -> list[_Section]:
    sections = [_Section(None, [], percent=False, whole=False)]
    for token in _TOKEN.finditer(number_format):
        section, tokens = sections[-1], sections[-1].tokens
        match token.lastgroup:
            case "end":
                sections.append(_Section(None, [], percent=False, whole=False))
            case "condition":
                section.condition = _condition(token["condition"])
            case "digit" | "general" as kind:
                tokens.append((kind, token[0]))
            case "point":
                first = ("point", ".") not in tokens
                tokens.append(("point" if first else "literal", "."))
            case "percent":
                section.percent = True
                tokens.append(("literal", "%"))
            case "other":
                section.whole = True
            case "quoted" | "escaped" | "currency" | "plain" as group:
                tokens.append(("literal", token[group]))
            case _:
                pass
    return sections


def _condition(text: str) -> tuple[str, float] | None:
    found = _CONDITION.fullmatch(text.strip())
    return (found[1], float(found[2])) if found else None
