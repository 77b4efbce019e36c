"""How the command line prints what somebody should look at."""

from collections.abc import Iterable

from application.documents.attention import AttentionDocument, DayDocument
from infrastructure.cli.columns import print_paragraph
from infrastructure.cli.output import line


def print_attention(items: Iterable[AttentionDocument]) -> None:
    """Print items, two lines each: the id to settle it by, and why somebody should look at it."""
    for item in items:
        whose = f"{item.contact_id} {item.name or '(no name)'}" if item.contact_id else ""
        calls = "1 call or message" if item.calls == 1 else f"{item.calls:,} calls and messages"
        said = (item.id, item.kind, whose, calls if item.calls else "")
        line("  ".join(each for each in said if each), "bold")
        print_paragraph("    ", item.because)


def print_days(days: Iterable[DayDocument]) -> None:
    """Print what happened, one line for each day, source and outcome."""
    for each in days:
        source = each.integration or each.source or ""
        line(
            f"{each.day}  {each.number:>8,}  {each.outcome.replace('_', ' '):<18}{source}".rstrip()
        )
