"""Lists for people: one line for each contact, record, merge or conflict."""

from collections.abc import Iterable, Mapping, Sequence

from application.documents.contacts import (
    ConflictDocument,
    ContactDocument,
    PointDocument,
    RecordDocument,
)
from application.documents.jobs import ImportDocument
from application.documents.merges import MergeDocument
from infrastructure.cli.columns import DAY, ID, Cell, Column, print_row

_CONTACT = (ID, Column(20, 3), Column(17, 1), Column(21, 3), Column(12, 2, beyond=100))
_RECORD = (ID, DAY, Column(8, 1), Column(14, 2), Column(13, 3))
_MERGE = (ID, DAY, Column(14, 2), Column(16, 2), Column(16, 1), ID._replace(beyond=110))
_IMPORT = (ID, DAY, Column(9), Column(14, 1), Column(20, 2))
_CONFLICT = (Column(16, 1), ID, Column(11, 2), ID, Column(11, 2))
_KNOWN_BY = ("company", "title", "city")
"""The attributes that tell people apart best, where there is room for one."""


def print_contact_list(contacts: Iterable[ContactDocument]) -> None:
    """Print contacts: id, name, phones, emails, and where there is room a company or a city."""
    for contact in contacts:
        mark = " (lead)" if contact.kind == "lead" else ""
        said = (contact.attributes[each].value for each in _KNOWN_BY if each in contact.attributes)
        print_row(
            _CONTACT,
            (
                contact.id,
                Cell(called(contact.name), mark),
                _first_of(contact.phones),
                _first_of(contact.emails),
                ", ".join(said),
            ),
        )


def called(name: str | None) -> str:
    """A name, or that there is none."""
    return name or "(no name)"


def _first_of(points: Sequence[PointDocument]) -> Cell:
    """The first phone or email, one that can be matched if there is one, and how many more."""
    if not points:
        return Cell("-")
    return Cell(min(points, key=lambda each: not each.matchable).value, _more(points))


def _more(of_many: Sequence[object]) -> str:
    """How many there are besides the first."""
    return f" +{len(of_many) - 1}" if len(of_many) > 1 else ""


def print_record_list(
    records: Iterable[RecordDocument], numbers: Mapping[str, str] | None = None
) -> None:
    """Print what each source says: when, where it comes from, a name, phones and emails.

    `numbers`: by id, what stands before each record.
    """
    longest = max(map(len, (numbers or {}).values()), default=0)
    before = () if numbers is None else (Column(2 + longest, whole=True),)
    for record in records:
        points = [*record.phones, *record.emails]
        print_row(
            (*before, *_RECORD),
            (
                *(() if numbers is None else (f"  {numbers[record.id]}",)),
                record.id,
                f"{record.updated_at:%Y-%m-%d}",
                origin(record),
                called(record.name),
                ", ".join(points) or "-",
            ),
        )


def origin(record: RecordDocument) -> str:
    """Where a record comes from: `csv`, `hubspot lead 42`."""
    if record.integration is None:
        return record.source
    return f"{record.integration} {record.kind} {record.external_id}"


def print_named_ids(names: Mapping[str, str | None]) -> None:
    """Print contacts of which only the name is known."""
    for contact_id, name in names.items():
        print_row((ID, Column(40, 1)), (contact_id, called(name)))


def print_merge_list(merges: Iterable[MergeDocument]) -> None:
    """Print merges: id, day, who was merged into whom, and what matched.

    Where there is room the id of the survivor comes last.
    """
    for merge in merges:
        matched = [each.value for each in merge.decision.matched]
        without = "by hand" if merge.decision.rule == "manual" else merge.decision.rule
        undone = "undone: " if merge.undone_at else ""
        print_row(
            _MERGE,
            (
                merge.id,
                f"{merge.at:%Y-%m-%d}",
                called(merge.absorbed_name),
                f"→ {called(merge.survivor_name)}",
                Cell(f"{undone}{matched[0] if matched else without}", _more(matched)),
                merge.survivor,
            ),
        )


def print_import_list(imports: Iterable[ImportDocument]) -> None:
    """Print imports: id, day, how each ended, its file, and what became of its rows."""
    for each in imports:
        counts = {name: number for name, number in each.rows if name != "read" and number}
        rows = ", ".join(f"{number:,} {name}" for name, number in counts.items()) or "no rows"
        how = "undone" if each.undo and each.status == "done" else each.status
        dry = " (dry run)" if each.dry_run else ""
        print_row(_IMPORT, (each.id, f"{each.begun_at:%Y-%m-%d}", how, Cell(each.file, dry), rows))


def print_conflict_list(conflicts: Iterable[ConflictDocument]) -> None:
    """Print pairs of contacts that hold the same phone or email."""
    for each in conflicts:
        (a, b), (name, other) = each.contacts, each.names
        print_row(_CONFLICT, (each.identifier.value, a, called(name), b, called(other)))
