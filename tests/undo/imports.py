"""Random histories in which files are imported and imports are undone."""

from typing import ClassVar

from tests.imports import an_import, undo_import
from tests.state_machine.commands import Sent
from tests.stores import Kind
from tests.undo.histories import COMMANDS, History
from tests.undo.naive_take_out import take_out

CHANGES = ("created", "merged", "updated")


class Imports(History):
    """A history with imports of a few rows each, of which many are undone."""

    COMMANDS: ClassVar = {**COMMANDS, "import_rows": 12, "undo_import": 8}

    def __init__(self, kind: Kind, seed: int, length: int = 30) -> None:
        super().__init__(kind, seed, length)
        self.files: dict[str, dict[int, Sent]] = {}
        """The rows of each import that changed something, by their number."""
        self.taken_out = 0
        self.kept = 0

    def import_rows(self) -> None:
        """Import a file of a few rows, some of which came before."""
        with an_import(self.log) as (import_id, counts):
            changed = self.files[import_id] = {}
            for _ in range(self.random.choice((1, 2, 2, 3, 4))):
                self.number += 1
                known = [sent for sent in self.sent if sent.source == "csv"]
                is_again = bool(known) and self.random.random() < 0.3
                sent = self.random.choice(known) if is_again else self._sent("csv")
                outcome = self._receive(sent, import_id)
                counts[outcome] += 1
                if outcome in CHANGES:
                    changed[self.number] = sent

    def undo_import(self) -> None:
        """Undo an import."""
        if not self.files:
            return
        import_id = self.random.choice(sorted(self.files))
        rows = self.files.pop(import_id)
        self.told.append(f"{self.number}: undo the import of {[*rows]}")
        undone = undo_import(self.log, import_id)
        stay = take_out(self.oracle, self.number, self.now, rows)
        assert {self.ids.get(each, "?") for each in stay} == {*undone.kept}, (stay, undone)
        gone = len(rows) - len(stay)
        assert undone.result == {"reversed": gone, "kept": len(stay), "not_possible": 0}
        self.taken_out += gone
        self.kept += len(stay)
