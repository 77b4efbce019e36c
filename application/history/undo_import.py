"""Take rows of an import out, whatever happened since, with all that they touch."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from application.history.replay import Replay
from application.history.touched import History, Search
from application.history.undo_merge import difference
from application.ports import Sandbox, Work
from domain.events import ImportUndone, KeptBecause, Recorded
from domain.mentions import brought_by, import_of_row
from domain.undo_rule import decide_import_undone


class RowsUndo:
    """Rows that are being taken out: `other` becomes the account as if they had never come.

    `first`: some rows of the import; with them go all others that they are connected with. `kept`:
    rows that stay, and why.
    """

    def __init__(
        self,
        import_id: str,
        first: Sequence[Recorded],
        kept: Mapping[str, KeptBecause],
        other: Sandbox,
    ) -> None:
        self.rows: dict[str, str | None] = {}
        """The rows that are taken out, as in ImportUndone."""
        self._import_id = import_id
        self._first = first
        self.kept = kept
        self._search = Search()
        self._replay = Replay(other)
        self._other = other

    @property
    def missed(self) -> Mapping[str, KeptBecause]:
        """More rows that must stay: something by hand would be lost without their contact."""
        return self._replay.missed

    def go_on(self, work: Work) -> None:
        """Replay what was recorded up to now. Raises Outdated (see touched.Search)."""
        ids = [each.event.stream for each in self._first]
        if self._search.go_on(ids, work.threads, work.next_position - 1):
            history = self._search.history()
            if not self.rows:
                self.rows = self._found(work, history)
            apart = work.kept_apart(sorted(history.contacts))
            self._replay.go_on(history, history.undone, apart, _silent, self.rows)

    def _found(self, work: Work, history: History) -> dict[str, str | None]:
        """The rows in a history, each with what is left of its contact."""
        stay = self._search.handled(self._import_id) | self.kept.keys()
        of_import = [
            brings
            for each in history.inputs
            if import_of_row(each) == self._import_id
            and (brings := brought_by(each)) is not None
            and brings not in stay
        ]
        leads = filter(history.call_of, history.contacts)
        gone = {*of_import, *history.taken_out, *leads}
        return {each: _left_of(work, each, gone) for each in of_import}

    def complete(self, work: Work, *, by: str) -> None:
        """Change the account to the result of the replay."""
        before, after = difference(work, self._replay)
        undone: list[ImportUndone] = []
        for stream, brought in self._streams().items():
            rows = {each: self.rows[each] for each in brought if each in self.rows}
            kept = {each: self.kept[each] for each in brought if each in self.kept}
            undone.append(
                ImportUndone(stream=stream, import_id=self._import_id, rows=rows, kept=kept, by=by)
            )
        made = self._other.made
        work.append(decide_import_undone(undone, before, after, made, new_id=work.new_id))

    def _streams(self) -> dict[str, list[str]]:
        """The streams in which the rows were recorded, so that whoever reads one knows of it."""
        streams = defaultdict[str, list[str]](list)
        for each in self._replay.history.inputs:
            brings = brought_by(each)
            if brings is not None and (brings in self.rows or brings in self.kept):
                streams[each.event.stream].append(brings)
        return streams


def _left_of(work: Work, row: str, gone: Collection[str]) -> str | None:
    """The oldest id of the contact of a row that is not gone."""
    head = work.survivor(row)
    if head is None:
        return None
    ids = [head.contact_id, *work.leading_to(head.contact_id)]
    return min((each for each in ids if each not in gone), default=None)


def _silent(_: int, __: int) -> None:
    pass
