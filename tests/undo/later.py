"""Random histories in which calls of contacts that are gone are linked anew some time later."""

from infrastructure.jobs.links import links_to_do
from tests.state_machine.few_are_many import link_the_others
from tests.stores import Kind
from tests.undo.histories import History


class Later(History):
    """A history whose jobs wait. Who is restored, and what is undone, waits for them."""

    def __init__(self, kind: Kind, seed: int, length: int = 40) -> None:
        super().__init__(kind, seed, length)
        self.late = 0
        """How many things happened while such a job waited."""

    def after_each(self) -> None:
        if self.random.random() < 0.2:
            link_the_others(self.log)
        elif links_to_do(self.log):
            self.late += 1

    def restore(self) -> None:
        link_the_others(self.log)
        super().restore()

    def undo(self) -> None:
        link_the_others(self.log)
        super().undo()

    def compare(self) -> None:
        link_the_others(self.log)
        super().compare()
