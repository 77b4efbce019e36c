"""How the command line prints what a dry run of an import found."""

from collections.abc import Sequence

from application.documents.previews import FirstRowDocument, JoinDocument, PreviewDocument
from infrastructure.cli.columns import ID, Column, print_row
from infrastructure.cli.lists import called
from infrastructure.cli.output import line

_ROW = Column(8)
_FIRST = (_ROW, Column(16, 2), Column(16, 2), Column(16, 2))
_REJECTED = (_ROW, Column(50, 1))
_JOIN = (_ROW, Column(13, 2), ID, Column(13, 2), Column(13, 1))


def print_preview(found: PreviewDocument, *, joined: int) -> None:
    """Print how the first rows are read, and what would join. `joined`: the number of all joins."""
    _heading("The first rows, as they are read")
    for row in found.first_rows:
        if row.error is not None:
            print_row(_REJECTED, (f"row {row.row}", f"rejected: {row.error}"))
        else:
            print_row(_FIRST, _first(row))
    strange = [each for each in found.joins if each.names_share_no_word]
    others = found.joins[len(strange) :]
    if strange:
        _heading("Look at these first: they would join, and their names share no word")
        _print_joins(strange)
    for each in found.shared_candidates:
        line(f"{each.because} ({each.rows} rows of the file)")
    if others:
        _heading("These would join")
        _print_joins(others)
    if joined > len(found.joins):
        line(f"and {joined - len(found.joins):,} more")
    if found.rejected:
        _heading("These would be rejected")
    for group in found.rejected:
        rows = ", ".join(map(str, group.rows[:5]))
        more = ", …" if group.count > len(group.rows[:5]) else ""
        line(f"{group.count:>8,}  {group.reason} (row {rows}{more})")


def _heading(text: str) -> None:
    line()
    line(text, "bold")


def _first(row: FirstRowDocument) -> Sequence[str]:
    attributes = (f"{name}: {value}" for name, value in row.attributes.items())
    points = (*row.phones, *row.emails)
    known_by = ", ".join(points) or "-"
    return f"row {row.row}", called(row.name), known_by, ", ".join(attributes)


def _print_joins(joins: Sequence[JoinDocument]) -> None:
    for each in joins:
        print_row(
            _JOIN,
            (
                f"row {each.row}",
                called(each.name),
                each.contact_id or f"row {each.with_row}",
                called(each.contact_name),
                ", ".join(matched.value for matched in each.matched),
            ),
        )
