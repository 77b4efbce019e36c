"""Values with which tests damage an account behind the program's back."""

from typing import Any

ABSENT: dict[str, Any] = {"INTEGER": 7, "TEXT": "x", "BLOB": b"x" * 32}
"""The value to put in place of NULL, by the type of the column."""


def other(value: Any, kind: str) -> Any:
    """A value that is not this one, of the column's type: INTEGER, TEXT or BLOB."""
    if value is None:
        return ABSENT[kind]
    if isinstance(value, int):
        return value + 1_000
    if isinstance(value, str):
        return f"{value}x"
    return bytes([*value[:-1], value[-1] ^ 1])
