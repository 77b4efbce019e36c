"""How many items a page has."""

PAGE = 50
LARGEST_PAGE = 1_000
