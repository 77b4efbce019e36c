"""The plans of PostgreSQL for every statement that a program sent, from `auto_explain`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg

_SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_format": "json",
    "auto_explain.log_verbose": "on",
}
EXPLAINED = quote(" ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()))
"""The `options` of a store's URL with which the server logs every plan."""


class Indexes(NamedTuple):
    """The indexes of a database: the first column of each, and those of only some rows."""

    first: dict[str, str]
    partial: frozenset[str]


def indexes_of(connection: psycopg.Connection[Any]) -> Indexes:
    """The indexes of all schemas; indexes of the same name are equal."""
    rows = connection.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid, 1, true), i.indpred IS NOT NULL"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    ).fetchall()
    return Indexes(
        {name: first.strip('"') for name, first, _ in rows},
        frozenset(name for name, _, is_partial in rows if is_partial),
    )


class Plan(NamedTuple):
    """A statement and its plan."""

    statement: str
    root: dict[str, Any]

    def reads_all_of(self, indexes: Indexes) -> list[str]:
        """The tables of the product that it reads from end to end, or an index of theirs.

        A page of a list is read from an index in its order, as far as its LIMIT goes; an index of
        some rows alone holds those that the statement asks for.
        """
        return sorted(set(_read_through(self.root, indexes, below_limit=False)))

    def is_about(self, account: str) -> bool:
        """Whether it reads no table of another account."""
        schemas = (each for each in _schemas(self.root) if each.startswith("account_"))
        return all(each.startswith(f"account_{account}_") for each in schemas)


def plans_in(log: Path) -> Iterator[Plan]:
    """The plans in a server's log, in the order they came."""
    text = log.read_text("utf-8", errors="replace").replace("\n\t", "\n")
    decoder = json.JSONDecoder(strict=False)
    place = text.find("plan:\n")
    while place != -1:
        start = place + len("plan:\n")
        plan, length = decoder.raw_decode(text[start:].lstrip())
        yield Plan(plan["Query Text"], plan["Plan"])
        place = text.find("plan:\n", start + length)


def _schemas(node: dict[str, Any]) -> Iterator[str]:
    yield node.get("Schema", "")
    for each in node.get("Plans", []):
        yield from _schemas(each)


_SEES_ALL = {"Sort", "Incremental Sort", "Aggregate", "Hash", "WindowAgg"}
"""Nodes that read all of their rows before they return one, so a LIMIT above does not help."""


def _read_through(node: dict[str, Any], indexes: Indexes, *, below_limit: bool) -> Iterator[str]:
    kind, below = node["Node Type"], node.get("Plans", [])
    table, schema = node.get("Relation Name"), node.get("Schema", "")
    if table is not None and not schema.startswith(("pg_", "information_schema")):
        is_page = below_limit and kind in {"Index Scan", "Index Only Scan"}
        if not (is_page or kind == "ModifyTable" or _is_found(node, indexes)):
            yield table
    goes_on = kind == "Limit" or (below_limit and kind not in _SEES_ALL)
    for each in below:
        yield from _read_through(each, indexes, below_limit=goes_on)


def _is_found(node: dict[str, Any], indexes: Indexes) -> bool:
    """Whether rows are looked up by the first column of an index, without reading all of it."""
    if node["Node Type"] in {"Bitmap Heap Scan", "BitmapAnd", "BitmapOr"}:
        return all(_is_found(each, indexes) for each in node["Plans"])
    index = node.get("Index Name")
    if index is None:
        return False
    first = rf"\b{re.escape(indexes.first[index])}\b"
    return index in indexes.partial or re.search(first, node.get("Index Cond", "")) is not None
