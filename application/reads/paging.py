"""Pages of a list."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from application.documents.document import Page

PAGE = 50
"""The number of items on a page, if none is asked for."""
LARGEST_PAGE = 1_000
Found = TypeVar("Found")
Item = TypeVar("Item")


def page_of(
    found: Sequence[Found], limit: int, item: Callable[[Found], Item], next_: Callable[[Found], str]
) -> Page[Item]:
    """A page of what was found when one more than `limit` was asked for.

    `next_`: the cursor of the next page, from the last of this one.
    """
    return Page(
        items=[item(each) for each in found[:limit]],
        next=next_(found[limit - 1]) if len(found) > limit else None,
    )
