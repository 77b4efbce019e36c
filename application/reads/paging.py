"""The number of items on a page: by default, and at most."""

PAGE = 50
LARGEST_PAGE = 1_000
