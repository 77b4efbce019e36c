"""Names: which words they have, and which two look strange beside each other."""

import pytest

from domain.names import LONGEST_NAME, differ, share_no_word, with_other_names, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("John Jones", "john jones"),
        ("JONES,  john", "john jones"),
        ("José Núñez", "jose nunez"),
        ("Jose\u0301 Nunez", "jose nunez"),
        ("Straße", "strasse"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("O'Neil, Anne-Marie", "oneil anne marie"),
        ("O\u2019Neil", "oneil"),
        ("J. Jones", "j jones"),
        ("Иван Петров", "иван петров"),
        ("山田太郎", "山 田 太 郎"),
        ("김민수", "김민수"),
        ("Room 12", "room 12"),
        ("user_name@example.test", "user name example test"),
        (None, ""),
        (" ", ""),
        ("-", ""),
        ("+1 319 555 0100", ""),
        ("x" * LONGEST_NAME + " y", "x" * LONGEST_NAME),
    ],
)
def test_words_of_a_name(name: str | None, words: str) -> None:
    assert words_of(name) == frozenset(words.split())


@pytest.mark.parametrize(
    ("one", "other", "differs", "is_strange"),
    [
        ("Ann Lee", "Ann Lee", False, False),
        ("Ann Lee", "LEE, Ann", False, False),
        ("Ann Lee", "Ann", True, False),
        ("Ann Lee", "Lee Wood", True, False),
        ("Ann Lee", "A. Wood", True, False),
        ("B. Lee", "Bob Wood", True, False),
        ("Ann Lee", "B. Wood", True, True),
        ("Ann Lee", "Bob Wood", True, True),
        ("Ann Lee", "Annette Wood", True, True),
        ("Ann 1", "Bob 1", True, False),
        ("1 Ann", "12 Bob", True, True),
        ("山田太郎", "山田", True, False),
        ("山田太郎", "鈴木", True, True),
        ("Иван", "Ivan", True, False),
        ("Иван", "Пётр", True, True),
        ("Ann Lee", "", False, False),
        ("Ann Lee", None, False, False),
        ("Ann Lee", "555 0100", False, False),
        (None, None, False, False),
    ],
)
def test_two_names(one: str | None, other: str | None, differs: bool, is_strange: bool) -> None:
    assert [differ(one, other), differ(other, one)] == [differs] * 2
    assert [share_no_word(one, other), share_no_word(other, one)] == [is_strange] * 2


def test_different_names_are_those_with_other_words() -> None:
    names = with_other_names(["Ann Lee", "Bob"], ["LEE Ann", "", "bob", "Ann", "Cy"])

    assert names == ("Ann Lee", "Bob", "Ann", "Cy")
