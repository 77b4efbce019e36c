"""Emails: from what people write to the canonical form that matching compares.

Only this module uses email-validator. Rules: docs/rules.md, "Identifiers".
"""

import re
import unicodedata
from functools import cache
from types import ModuleType

from domain.phone_texts import LABELS, MAX_LENGTH, WORD, visible

# Nearly all addresses of an address book: every mail system takes them, and email-validator accepts
# them after fifteen times the work. A property test keeps the two equal.
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_WRAPPERS = (
    re.compile(r"[^<>]*<(?P<inner>[^<>]*)>"),
    re.compile(r"[^@()\[\]]*[(\[](?P<inner>[^@()\[\]]+@[^@()\[\]]+)[)\]]"),
    re.compile(r"""(["'`])(?P<inner>[^"'`]*)\1"""),
    re.compile(r"mailto:(?P<inner>[^?]*)(?:\?.*)?", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<inner>.*[^.,;])[.,;]+", re.DOTALL),
    re.compile(r"'(?P<inner>[^'].*)", re.DOTALL),  # A spreadsheet's guard of a text.
    re.compile(r"(?P<inner>[^\s()\[\]]+@[^\s()\[\]]+)\s*[(\[][^()\[\]@]*[)\]]"),  # A remark.
)
_LABELLED = re.compile(
    r"[(\[]?(?P<label>[^\W\d_][^@:<>]{0,40}?)[\s:]\s*(?P<inner>[^\s:]+@\S.*)", re.DOTALL
)
_LABELS = LABELS | set(
    WORD.findall("""
        e m mail email address adresse correo electrónico electronico courriel mél courrier
        électronique posta elettronica indirizzo poczta elektroniczna eletrônico eletrónico
        endereço endereco post epost pošta eposta почта эл электронная пошта メール 邮箱 邮件
    """)
)
"""Words that label an email: those of phones, such as `work`, and those of emails."""


def canonical_email(written: str) -> str | None:
    """The canonical form of an email, or None if it has no plausible form.

    Case is ignored, plus tags and dots are kept. The domain is in its IDNA form.
    """
    lower = written.strip().lower()
    if len(lower) <= 64 and _PLAIN_ADDRESS.fullmatch(lower):
        return lower
    text = visible(written)
    if len(text) > MAX_LENGTH:
        return None
    text = _unwrapped(text)
    library = _email_validator()
    try:
        address = library.validate_email(text, check_deliverability=False)
    except library.EmailNotValidError:
        return None
    local = unicodedata.normalize("NFC", address.local_part.casefold())
    return f"{local}@{address.ascii_domain.lower()}"


@cache
def _email_validator() -> ModuleType:
    """The library. It is loaded only when it is needed, since that takes 30 ms."""
    import email_validator  # noqa: PLC0415

    # Only the form of an address counts, so `.test` and `.local` are as good as `.com`. The library
    # documents this list as the way to allow them.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator


def _unwrapped(text: str) -> str:
    """An address without what stands around it: a name, quotes, `mailto:`, a label, a remark."""
    while found := next(filter(None, (each.fullmatch(text) for each in _WRAPPERS)), None):
        text = found["inner"].strip()
    labelled = _LABELLED.fullmatch(text)
    if labelled and _LABELS.issuperset(WORD.findall(labelled["label"].casefold())):
        return _unwrapped(labelled["inner"].strip())
    return text
