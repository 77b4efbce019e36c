"""What a preview of an import finds besides its counts, and what came out otherwise afterwards.

A preview is an import of which nothing is kept: the same use case decides each row.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from application.commands.received import Received
from application.documents.decisions import MatchedDocument, Outcome
from application.documents.document import Document
from application.documents.previews import (
    FirstRowDocument,
    JoinDocument,
    OtherwiseDocument,
    OutcomesDocument,
    RejectedRowsDocument,
    SharedCandidateDocument,
)
from application.jobs.job import ReadRow
from application.wording import joined_text, reason_text
from domain.decisions import Decision
from domain.identifiers import Identifier
from domain.names import share_no_word
from domain.records import ValueRefused

FIRST_ROWS = 10
"""How many rows are shown as they are read."""
MOST_REASONS = 1_000
"""How many different reasons of rejected rows are told apart."""
MOST_EXAMPLES = 100
"""How many examples are shown of rows that are counted."""
OTHER_REASONS = "other reasons"
ALIKE = 1 << 40
"""Added to the number of a row whose name shares a word with its contact's: it comes later."""
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_DIGITS = {outcome: str(place) for place, outcome in enumerate(_OUTCOMES)}

ListName = Literal["first", "joins", "shared", "rejected", "outcomes", "otherwise"]


class Join(NamedTuple):
    """A row that would join a contact, as it is kept: most rows of a file may (see JoinDocument).

    `matched`: pairs of kind and value.
    """

    row: int
    name: str | None
    contact_id: str | None
    with_row: int | None
    contact_name: str | None
    matched: tuple[tuple[str, str], ...]
    because: str
    names_share_no_word: bool

    def document(self) -> JoinDocument:
        """The join as the API shows it."""
        matched = [MatchedDocument(kind=kind, value=value) for kind, value in self.matched]
        return JoinDocument(**{**self._asdict(), "matched": matched})


class Finding(NamedTuple):
    """An item of one of the lists of a preview. `number`: its place, and its key in the list."""

    list: ListName
    number: int
    found: Document | Join


class Joined(NamedTuple):
    """A merge by a rule: with which contact, and what the two were called before it."""

    contact_id: str
    contact_name: str | None
    name: str | None
    decision: Decision


class Crowded(NamedTuple):
    """A phone or an email that joins many names, and how many rows of the file it joins."""

    identifier: Identifier
    names: Sequence[str]
    rows: int


class Findings:
    """What a preview finds, row by row."""

    def __init__(self) -> None:
        self._read = 0
        self._created: list[str] = []  # in order, so that the row of each is found
        self._rows = array("q")
        self._reasons: dict[str, tuple[int, list[int]]] = {}

    def of_rows(
        self, rows: Sequence[ReadRow], results: Sequence[Received], joined: Mapping[str, Joined]
    ) -> Iterator[Finding]:
        """What the next rows bring. `joined`: the merges of these rows, by their ids."""
        outcomes = "".join(_DIGITS[result.outcome] for result in results)
        yield Finding("outcomes", self._read, OutcomesDocument(outcomes=outcomes))
        for row, result in zip(rows, results, strict=True):
            if self._read < FIRST_ROWS:
                yield Finding("first", row.number, _first_row(row))
            self._read += 1
            if result.outcome == "created" and result.contact_id is not None:
                self._created.append(result.contact_id)
                self._rows.append(row.number)
            elif result.merge_id is not None:
                join = self._join(row.number, joined[result.merge_id])
                number = row.number + (0 if join.names_share_no_word else ALIKE)
                yield Finding("joins", number, join)
            elif result.error is not None:
                self._reject(row.number, str(result.error))

    def at_the_end(self, crowded: Sequence[Crowded]) -> Iterator[Finding]:
        """What is known when all rows are read."""
        reasons = sorted(self._reasons.items(), key=lambda each: -each[1][0])
        for number, (reason, (count, rows)) in enumerate(reasons, 1):
            document = RejectedRowsDocument(reason=reason, count=count, rows=rows)
            yield Finding("rejected", number, document)
        most_first = sorted(crowded, key=lambda each: (-each.rows, each.identifier))
        for number, each in enumerate(most_first, 1):
            yield Finding(
                "shared",
                number,
                SharedCandidateDocument(
                    identifier=MatchedDocument(**each.identifier._asdict()),
                    names=list(each.names),
                    rows=each.rows,
                    because=joined_text(each.identifier.value, each.names),
                ),
            )

    def _join(self, row: int, joined: Joined) -> Join:
        with_row = self._row_that_created(joined.contact_id)
        return Join(
            row,
            joined.name,
            joined.contact_id if with_row is None else None,
            with_row,
            joined.contact_name,
            tuple(joined.decision.matched),
            reason_text(joined.decision),
            share_no_word(joined.name, joined.contact_name),
        )

    def _row_that_created(self, contact_id: str) -> int | None:
        place = bisect_left(self._created, contact_id)
        found = place < len(self._created) and self._created[place] == contact_id
        return self._rows[place] if found else None

    def _reject(self, row: int, reason: str) -> None:
        if len(self._reasons) >= MOST_REASONS and reason not in self._reasons:
            reason = OTHER_REASONS
        count, rows = self._reasons.get(reason, (0, []))
        if count < MOST_EXAMPLES:
            rows.append(row)
        self._reasons[reason] = count + 1, rows


def _first_row(row: ReadRow) -> FirstRowDocument:
    record = row.record
    if isinstance(record, ValueRefused):
        return FirstRowDocument(
            row=row.number, name=None, phones=[], emails=[], attributes={}, error=str(record)
        )
    return FirstRowDocument(
        row=row.number,
        name=record.name,
        phones=[point.key or point.written for point in record.phones or ()],
        emails=[point.key or point.written for point in record.emails or ()],
        attributes=dict(record.attributes),
        error=None,
    )


class Comparison:
    """Compares an import with its preview. `outcomes`: what would become of each row, as digits.

    `leads_to`: the contact that an id leads to now.
    """

    def __init__(self, outcomes: str, leads_to: Callable[[str], str | None]) -> None:
        self._outcomes = outcomes
        self._leads_to = leads_to

    def of_rows(
        self,
        first: int,
        rows: Sequence[ReadRow],
        results: Sequence[Received],
        joins: Mapping[int, Join],
    ) -> list[OtherwiseDocument]:
        """Rows that came out otherwise. `first`: how many rows the file has before these."""
        otherwise = []
        for place, (row, result) in enumerate(zip(rows, results, strict=True), first):
            previewed = _OUTCOMES[int(self._outcomes[place])]
            join = joins.get(row.number)
            if previewed == result.outcome and self._is_the_same(join, result):
                continue
            otherwise.append(
                OtherwiseDocument(
                    row=row.number,
                    previewed=previewed,
                    previewed_contact_id=join.contact_id if join else None,
                    outcome=result.outcome,
                    contact_id=result.contact_id,
                )
            )
        return otherwise

    def _is_the_same(self, join: Join | None, result: Received) -> bool:
        """Whether a row joined whom it would have joined."""
        if join is None or join.contact_id is None:
            return True  # a contact of this file has another id now
        return self._leads_to(join.contact_id) == result.contact_id
