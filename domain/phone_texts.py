"""What stands around a number in the texts that people write as phones: wrappers, labels, remarks.

These functions look at the text alone. What number it is, phones.py decides.
"""

import re
import unicodedata
from itertools import pairwise

MAX_LENGTH = 1_000
"""The largest number of characters of a phone or an email as written; longer ones are invalid."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]"
)
_BRACKETS = str.maketrans("[]{}", "()()")
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_DASHES = {"\u2212", "\u30fc", "\uff70"}
"""A minus sign and the marks of a long vowel in Japanese, which are typed for a dash."""

_FORMULA = re.compile(r'="(.*)"|=(\+?\d+)')
_TEL = re.compile(r"(?:tel|callto|sms):(?://)?(?=[+\d(*#])(.*)", re.IGNORECASE)
_TEL_PARAMETER = re.compile(r";\s*([a-z-]+)\s*=\s*([^;]*)", re.IGNORECASE)
_SIP = re.compile(r"sips?:([^@;]*)(?:@.*|;.*)?", re.IGNORECASE)
_WHATSAPP = re.compile(r"whatsapp:(?://)?(.*)", re.IGNORECASE)
_MESSENGER = re.compile(
    r"\+?(\d+)(?::\d+)?@(?:s\.whatsapp\.net|whatsapp\.net|c\.us)", re.IGNORECASE
)
_SERVICE_CODE = re.compile(r"(?:[*#]{1,2}\d{2,3}#|\*(?:31|67|70|82)(?!\d*#)) *(?=[+\d(])")
_FLOAT = re.compile(r"(\d{7,})\.0")
"""What a spreadsheet makes of a number in a column of decimals."""
_SHORTENED = re.compile(r"[+\-]?\d(?:[.,]\d{1,15})?E\+?\d{1,2}", re.IGNORECASE | re.ASCII)

WORD = re.compile(r"[^\W\d_]+")
LABELS = frozenset(
    WORD.findall("""
        tel telephone phone ph number no nr mobile mob cell cellphone cellular home house work
        office business biz main direct private personal other landline desk whatsapp iphone voip
        switchboard
        telefon telefonnummer nummer mobil mobiltelefon handy privat geschäftlich gesch dienstlich
        dienst büro arbeit zuhause festnetz zentrale haupt firma
        teléfono telefono móvil movil celular casa trabajo oficina fijo particular principal número
        num téléphone tél portable domicile maison travail bureau fixe perso professionnel standard
        numéro
        cellulare lavoro ufficio abitazione fisso numero
        komórka komorka komórkowy kom praca dom domowy służbowy stacjonarny biuro numer
        telefone telemóvel telemovel tlm trabalho escritório fixo
    """)
)
"""Words that label a number: English, German, Spanish, French, Italian, Polish, Portuguese."""
_LETTER_LABELS = frozenset("cdhmoptw")
_FAXES = frozenset(WORD.findall("fax telefax faks faxnummer facsimile télécopie télécopieur факс"))
_FAX_WORD = re.compile(rf"\b(?:{'|'.join(_FAXES)})\b|^F(?=[:.])", re.IGNORECASE)
_BETWEEN = re.compile(
    r"(?<=[\d)\]]) +[(\[]?([^\W\d_]+\.?(?: [^\W\d_]+)?)([)\] :.=\-]*)(?=([+(\d]))"
)
"""A word between two numbers."""
_LEADING = re.compile(r"[(\[]?([^\d+(\[*#]+?)([)\] :.=\-]*)(?=([+\d(]))")
_TRAILING = re.compile(r"(.*\d\)?)([ ,:(\[\-]+)([^\d(\[]+?)[ .:)\]]*", re.DOTALL)

MARKS = (
    "extension|extensión|extensão|extn|ext|x|#|poste|durchwahl|dw|interno|int|anexo|ramal|wewn|wew"
    "|добавочный|доб|p"
)
_EXTENSION = re.compile(
    rf"(.*\d[)\]]?)[ ,;(]*(?:(?:{MARKS})[ .:=]*|,[ ,]*, *|(?<=;) ?(?=\d{{1,6}}$))(\d{{1,9}})[ )]*",
    re.IGNORECASE | re.DOTALL,
)
_EXTENSION_PARAMETER = re.compile(r"(.*?) ?; ?ext ?= ?(\d{0,20})", re.IGNORECASE | re.DOTALL)
_SUBADDRESS = re.compile(r" ?[;,]? ?isub ?=[^;]*", re.IGNORECASE)

_ONLY_X = re.compile(r"(?<![^\W\d_])x+(?![^\W\d_])", re.IGNORECASE)
_SIGNS = frozenset(" .,;:/-'\"!|~([")
_MASKED = re.compile(r"\d[*?_•…#]|[*?_•…#]\d|[*?_•…#]{2}|\.{3}")
_VANITY = re.compile(
    r"(\+?)[ (]*(1?)[ .\-/(]*(8(?:00|33|44|55|66|77|88))(?!\d)[ .\-/)]*([a-z0-9][a-z0-9 .\-]*)",
    re.IGNORECASE,
)
_VANITY_PART = re.compile(r"\d*([a-z]{3,})\d*", re.IGNORECASE)
_KEYS = {
    letter: str(key)
    for key, letters in enumerate(
        ["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"], start=2
    )
    for letter in letters
}


WITHHELD_WORDS = (
    "anonymous",
    "restricted",
    "blocked",
    "unknown",
    "unavailable",
    "private",
)
"""What telephone systems send, on the keys, for a number that they do not tell."""


def visible(text: str) -> str:
    """A text without invisible characters and white space around it."""
    return _INVISIBLE.sub("", text).strip()


def is_blank(text: str) -> bool:
    """Whether a value is empty or has only white space and invisible characters."""
    if not text or text.isspace():
        return True
    return not text.isascii() and not visible(text)


def normalised(text: str) -> str:
    """A text with digits, spaces, dashes and signs of every kind as ASCII; no invisible ones."""
    if not text.isascii():
        text = "".join(map(_plain, _INVISIBLE.sub("", text)))
    return " ".join(text.translate(_BRACKETS).split())


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in _DASHES or unicodedata.category(character) == "Pd":
        return "-"
    return chr(ord(character) - 0xFEE0) if ord(character) in _FULL_WIDTH else character


def unwrapped(text: str) -> str:
    """A number without what programs put around it: quotes, `tel:`, `sip:`, service codes."""
    while (inner := _without_wrapper(text).strip()) != text:
        text = inner
    return text


def _without_wrapper(text: str) -> str:
    if formula := _FORMULA.fullmatch(text):
        return formula[1] or formula[2] or ""
    if float_ := _FLOAT.fullmatch(text):
        return float_[1]
    if tel := _TEL.fullmatch(text):
        return _without_parameters(tel[1])
    if wrapped := _SIP.fullmatch(text) or _WHATSAPP.fullmatch(text):
        return wrapped[1]
    if messenger := _MESSENGER.fullmatch(text):
        return f"+{messenger[1]}"
    if code := _SERVICE_CODE.match(text):
        return text[code.end() :]
    return text.strip("\"'`<>")


def _without_parameters(number: str) -> str:
    """The number of a `tel:` URI (RFC 3966), with its extension, after its country code."""
    parameters = {name.lower(): value for name, value in _TEL_PARAMETER.findall(number)}
    number = _TEL_PARAMETER.sub("", number)
    context = parameters.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = context + number
    return f"{number};ext={parameters['ext']}" if "ext" in parameters else number


def names_a_fax(text: str) -> bool:
    """Whether a text says that its number is a fax, which is no phone."""
    return "fa" in (folded := text.casefold()) and not _FAXES.isdisjoint(WORD.findall(folded))


def as_no_fax(text: str) -> str:
    """The number of a fax as that of a telephone, to see whether it is a number."""
    return _FAX_WORD.sub("tel", text)


def apart_at_labels(text: str) -> list[str]:
    """A text cut before each label between two numbers: `H: 202-555-0134 C: 202-555-0156`.

    Where labels stand after their numbers, it is cut after each.
    """
    labels = [each for each in _BETWEEN.finditer(text) if _is_between(each)]
    are_after = not text.lstrip(" ([")[:1].isalpha() and text.rstrip(" )].:")[-1:].isalpha()
    cuts = [each.end() if are_after else each.start() for each in labels]
    return [text[start:end].strip() for start, end in pairwise([0, *cuts, len(text)])]


def _is_between(found: re.Match[str]) -> bool:
    marked = found[3] == "+" or not set(":.)").isdisjoint(found[2])
    names_f = marked and found[1].casefold() == "f"
    return names_f or _is_label(found[1], marked=marked) or names_a_fax(found[1])


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet wrote a number so that its last digits are lost: `4.93E+11`."""
    return _SHORTENED.fullmatch(text.strip()) is not None


def vanity_digits(text: str, *, calling_code_1: bool) -> str | None:
    """The digits of a toll-free number that is spelled with letters, as `+1…`, or None.

    It has the calling code 1, written or by the region, then exactly seven letters and digits.
    """
    found = _VANITY.fullmatch(text)
    if not found or not (calling_code_1 or (found[1] and found[2])) or (found[1] and not found[2]):
        return None
    part = "".join(character for character in found[4].lower() if character.isalnum())
    letters = _VANITY_PART.fullmatch(part)
    if len(part) != 7 or not letters or set(letters[1]) == {"x"} or letters[1] in LABELS | _FAXES:
        return None
    return f"+1{found[3]}{on_keys(part)}"


def on_keys(text: str) -> str:
    """A text in lower case as the digits that are pressed for it on a telephone."""
    return "".join(_KEYS.get(each, each) for each in text)


def unlabelled(text: str) -> tuple[str | None, str]:
    """The word that labels a number, before or after it, if any; and the text without it."""
    if found := _LEADING.match(text):
        marked = found[3] == "+" or not set(":.)").isdisjoint(found[2])
        if _is_label(found[1], marked=marked):
            return found[1].strip(" ("), text[found.end() :]
    if (found := _TRAILING.fullmatch(text)) and _is_label(found[3], marked="(" in found[2]):
        return found[3].strip(), found[1]
    return None, text


def _is_label(text: str, *, marked: bool) -> bool:
    """Whether each word of a text labels a number. One letter does if a sign marks it: `M:`."""
    words = WORD.findall(text.casefold())
    return bool(words) and all(
        word in LABELS or (marked and len(words) == 1 and word in _LETTER_LABELS) for word in words
    )


def extension_apart(text: str) -> tuple[str, str]:
    """A number and the digits of its extension, which may be none."""
    if "=" in text:
        text = _SUBADDRESS.sub("", text)
        if found := _EXTENSION_PARAMETER.fullmatch(text):
            return found[1], found[2]
    if found := _EXTENSION.fullmatch(text):
        return found[1], found[2]
    return text, ""


def is_masked(text: str) -> bool:
    """Whether signs stand for digits that are not told: `202-555-XXXX`, `+49 30 5***`."""
    return _MASKED.search(_ONLY_X.sub(lambda found: "*" * len(found[0]), text)) is not None


def before_remark(text: str) -> str:
    """The text before a remark of letters without digits: `030 5550174 (Uwe)`; else all of it."""
    first = next((place for place, each in enumerate(text) if each.isalpha()), None)
    if first:
        remark = text[first:]
        letters = {each for each in remark.lower() if each.isalpha()}
        has_digit = any(each.isdecimal() for each in remark)
        if text[first - 1] in " ([" and letters != {"x"} and not has_digit:
            text = text[:first].rstrip(" ([")
    return text


def without_signs(text: str) -> str:
    """A number without punctuation and symbols around it, which say nothing."""
    while text and (text[-1] in _SIGNS or _is_symbol(text[-1])):
        text = text[:-1]
    while text and (text[0] in _SIGNS or _is_symbol(text[0])) and text[0] != "(":
        text = text[1:]
    return text


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) == "So"
