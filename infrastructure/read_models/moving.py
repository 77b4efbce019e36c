"""What an undo is about to move, while its events are projected.

It is kept in memory: within one long transaction, a table of what is moving right now is read more
slowly with each undo, because the database cannot forget the rows that moved before.
"""

from dataclasses import dataclass, field


@dataclass
class Moving:
    """What an undo that is not complete yet moves: empty between commits.

    `activities`: with the contact that had each before. `items`: to look at first.
    """

    activities: dict[str, str | None] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
