"""NAMES: whether two names may be those of one person, for people who look at merges.

No merge is decided by a name. Rules: "Look at these first".

| names                       | words              | why                                      |
| --------------------------- | ------------------ | ---------------------------------------- |
| `José Núñez`, `JOSE NUNEZ`  | `jose nunez`       | case and accents do not count            |
| `O'Neil, Anne-Marie`        | `oneil anne marie` | an apostrophe joins, the rest separates  |
| `J. Jones` and `John Smith` | `j` begins `john`  | an initial counts as a word it begins    |
| of Chinese or Japanese      | each character     | it is written without spaces             |
| ` `, `-`, `555 0100`        | none               | a name without a letter is no name       |
"""

import re
import unicodedata
from collections.abc import Iterable

MOST_NAMES = 5
"""How many different names may come together by one phone or email before somebody should look."""
LONGEST_NAME = 200
"""Of a longer name only the first characters are compared."""
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_WORDS = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'`\u2019\u02bc", ""))
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
"""Letters with a stroke or a ligature, which Unicode does not take apart."""
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def words_of(name: str | None) -> frozenset[str]:
    """The words of a name; none if it has no letter."""
    text = (name or "")[:LONGEST_NAME]
    if text.isascii():  # as most names are, when many are compared
        lower = text.lower()
        if lower == text.upper():
            return frozenset()
        return frozenset(_ASCII_WORDS.findall(lower.replace("'", "").replace("`", "")))
    decomposed = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    folded = unicodedata.normalize("NFC", plain).translate(_PLAIN)
    spaced = _WITHOUT_SPACES.sub(r" \g<0> ", folded)
    found = frozenset(_WORDS.findall(spaced.casefold()))
    return found if any(not word.isdigit() for word in found) else frozenset()


def differ(one: str | None, other: str | None) -> bool:
    """Whether two names have other words. A blank name differs from none."""
    if one == other or not one or not other or one.lower() == other.lower():
        return False
    words, others = words_of(one), words_of(other)
    return bool(words and others) and words != others


def share_no_word(one: str | None, other: str | None) -> bool:
    """Whether two names share no word. A blank name never looks strange beside another.

    Names in different scripts cannot be compared, so they do not look strange either.
    """
    words, others = words_of(one), words_of(other)
    if not words or not others or words & others:
        return False
    if _begun(words, others) or _begun(others, words):
        return False
    return bool(_scripts(words) & _scripts(others))


def with_other_names(names: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Some different names and those of `more` that have other words than each of them."""
    first: dict[frozenset[str], str] = {}
    for name in (*names, *more):
        if words := words_of(name):
            first.setdefault(words, name[:LONGEST_NAME])
    return tuple(first.values())


def _begun(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether an initial among some words begins one of the others."""
    initials = tuple(word for word in words if len(word) == 1 and word.isalpha())
    return bool(initials) and any(word.startswith(initials) for word in others)


def _scripts(words: frozenset[str]) -> set[str]:
    """The scripts of words, such as LATIN, by the Unicode names of their first letters."""
    return {unicodedata.name(w[0], "").split(" ")[0] for w in words if not w.isdigit()}
