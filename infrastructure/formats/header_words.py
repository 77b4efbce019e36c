"""The words of a file's header and what they mean, in the languages of header_words.txt."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

_LONGEST = 120
"""The largest number of characters of a column's name that is looked at."""
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # PhoneNumber
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_NO_SPACES = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff]+")
"""Japanese and Chinese, which are written without spaces between words."""
_SHORTEST_PART = 3
_BEGINNING = 4
"""So many letters of a word tell a role from others; `owner` and `owner's` are the same."""
_PLURAL = re.compile(r"(?<=[^\W\d_])\((?:s|es|n|en)\)", re.IGNORECASE)
"""An ending that may be left out: `Forename(s)`, `Telefonnummer(n)`."""
_ARTICLE = re.compile(r"\b(l|d|dell|dall|all|nell|un)['\u2019](?=\w)")
"""What French and Italian put before a word without a space: `l'assistante`."""
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b")
"""`Landlord's`."""
_AND_FAX = re.compile(
    r"(?<=[^\W\d_])\.?\s*[/&+]\s*(?:fax|faks|факс)\b|\b(?:fax|faks|факс)\s*[/&+]\s*(?=[^\W\d_])",
    re.IGNORECASE,
)
"""`Tel./Fax`: a phone that is also a fax."""

_FAMILY_NAME_FIRST = {"hu", "ja", "zh"}

Words = tuple[str, ...]


class Named(NamedTuple):
    """A column's name: its words, what they mean, and whether there are others besides.

    `role`: the beginning of the word that names a role, such as `owne` of `owner`, else nothing.
    """

    words: Words
    meanings: frozenset[str]
    has_unknown: bool
    role: str = ""


def read_names(header: Sequence[str]) -> list[Named]:
    """What the names of columns mean. A word of several languages is read in that of the others."""
    order = _order(_votes(header))
    return [_named(column, order) for column in header]


def numbers_in(column: str) -> tuple[str, ...]:
    """The numbers in a column's name, such as that of `Phone 2 - Label`."""
    return tuple(_NUMBER.findall(column[:_LONGEST]))


def puts_family_name_first(header: Sequence[str]) -> bool:
    """Whether a header is in a language that writes the family name first."""
    votes = _votes(header)
    return bool(votes) and _order(votes)[0] in _FAMILY_NAME_FIRST


def _votes(header: Sequence[str]) -> Counter[str]:
    return Counter(language for column in header for language in _languages(column))


@lru_cache(maxsize=10_000)
def says_field(column: str) -> bool:
    """Whether a column's name alone says what it holds, in some language."""
    words = _words(column)
    tokens = list(_tokens(words)) if words else []
    kinds = [set(_phrases()[each].values()) if each in _phrases() else set() for each in tokens]
    said = set[str]().union(*kinds) if kinds else set[str]()
    return all(kinds) and bool(said & _FIELDS) and "stop" not in said


@lru_cache(maxsize=10_000)
def says_another(label: str) -> bool:
    """Whether a word of a label says, in any language, that the value is not the contact's own.

    Such as `Assistant`, `Pager` or `Home Fax`. A word that means something else in another
    language does not say it.
    """
    said = (set(_phrases().get(each, {}).values()) for each in _tokens(_words(label)))
    return any(each and each <= ANOTHERS for each in said)


@lru_cache(maxsize=10_000)
def names_group(text: str) -> bool:
    """Whether a text may say whose the columns below it are, in some language: `Company`."""
    said = [set(_phrases().get(each, {}).values()) for each in _tokens(_words(text))]
    return bool(said) and all(each & _WHOSE for each in said)


ANOTHERS = {"another", "role"}
"""What says that a phone, an email or a name is somebody else's."""
_WHOSE = {*ANOTHERS, "whose", "orderer", "recipient", "company", "address"}

_FIELDS = {
    *("name", "plain_name", "first_name", "last_name", "phone", "email"),
    *("company", "title", "plain_title", "city", "country"),
}
"""What a header has at least one of: names of other columns may stand in rows of data."""


def _order(votes: Counter[str]) -> tuple[str, ...]:
    """The languages in which a header is read, the most likely first."""
    listed = list(dict.fromkeys(each for said in _phrases().values() for each in said))
    return tuple(sorted(listed, key=lambda each: (-votes[each], each != "en")))


@lru_cache(maxsize=10_000)
def _languages(column: str) -> frozenset[str]:
    """The languages that have all words of a column's name."""
    tokens = list(_tokens(_words(column)))
    if not tokens or any(each not in _phrases() for each in tokens):
        return frozenset()
    return frozenset.intersection(*(frozenset(_phrases()[each]) for each in tokens))


def _named(column: str, order: Sequence[str]) -> Named:
    words = _words(column)
    meanings, unknown, role = set(), False, ""
    for token in _tokens(words):
        said = _phrases().get(token)
        if said is None:
            unknown = True
        else:
            meaning = next(said[language] for language in order if language in said)
            meanings.add(meaning)
            role = role or (" ".join(token)[:_BEGINNING] if meaning == "role" else "")
    return Named(words, frozenset(meanings), unknown, role)


def _tokens(words: Words) -> Iterator[Words]:
    """The longest known phrases from left to right, and unknown words alone."""
    phrases, place = _phrases(), 0
    while place < len(words):
        ends = range(min(len(words), place + _longest_phrase()), place, -1)
        end = next((end for end in ends if words[place:end] in phrases), place + 1)
        yield words[place:end]
        place = end


@lru_cache(maxsize=10_000)
def _words(column: str) -> Words:
    """The words of a column's name; those that are written as one are taken apart."""
    if len(column) > _LONGEST:
        return ()
    column = _AND_FAX.sub("", _PLURAL.sub("", column))
    apart = (part for word in _plain_words(_CASE.sub(" ", column)) for part in _parts(word))
    return tuple(apart)


def _plain_words(text: str) -> list[str]:
    """Words by which names are compared: no case, no accents, no digits."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each for each in letters if not unicodedata.combining(each))
    kept = _POSSESSIVE.sub("", _ARTICLE.sub(r"\1 ", kept))
    return _WORD.findall(kept.replace("'", "").replace("\u2019", ""))


def _parts(word: str) -> Iterator[str]:
    known = _known_words()
    if word in known:
        yield word
    elif _NO_SPACES.search(word):
        place = 0
        while place < len(word):
            ends = range(min(len(word), place + _longest_word()), place, -1)
            end = next((end for end in ends if word[place:end] in known), place + 1)
            yield word[place:end]
            place = end
    else:
        cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        cut = next((cut for cut in cuts if word[:cut] in known and word[cut:] in known), None)
        yield from (word,) if cut is None else (word[:cut], word[cut:])


@cache
def _phrases() -> Mapping[Words, Mapping[str, str]]:
    """The meaning of each phrase by language."""
    phrases: dict[Words, dict[str, str]] = defaultdict(dict)
    table = files("infrastructure.formats").joinpath("header_words.txt").read_text("utf-8")
    for line in table.splitlines():
        if line.strip() and not line.startswith("#"):
            key, _, listed = line.partition(":")
            language, meaning = key.split()
            for phrase in listed.split(","):
                phrases[tuple(_plain_words(phrase))].setdefault(language, meaning)
    phrases.pop((), None)
    return dict(phrases)


@cache
def _known_words() -> frozenset[str]:
    return frozenset(word for phrase in _phrases() for word in phrase)


@cache
def _longest_word() -> int:
    return max(map(len, _known_words()))


@cache
def _longest_phrase() -> int:
    return max(map(len, _phrases()))
