"""Cells of csv files: what a spreadsheet would run as a formula is guarded by one `'` in front."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PHONE = re.compile(r"\+[\d ]+(;ext=\d+)?", re.ASCII)


def guarded(text: str) -> str:
    """A cell as it is written. A phone stays as it is: no spreadsheet runs it."""
    if _FORMULA.match(text) and not _PHONE.fullmatch(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """A cell as it is read: what `guarded` put in front is taken off."""
    if text.startswith("'") and _FORMULA.match(text, 1):
        return text[1:]
    return text
