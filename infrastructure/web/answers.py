"""Answers that are kept, so that a request sent again with its key has one effect and one answer.

An answer is written in the commit of its command: both are there, or neither. A refusal wrote
nothing and is not kept: a request that is sent again is decided again.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic_core import from_json, to_json
from starlette.responses import Response

from application.documents.document import Document
from infrastructure.storage.session import Session
from infrastructure.web.problems import key_reused

KEPT = timedelta(days=7)
_SOME = 20
"""How many old answers are deleted when a new one is kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def as_response(self) -> Response:
        """The answer as an HTTP response."""
        media_type = "application/json" if self.body else None
        return Response(self.body, self.status, self.headers, media_type)


def answer(status: int, document: Document | dict[str, Any], **headers: str) -> Answer:
    """An answer with a document. In the names of headers `_` stands for `-`."""
    body = (
        document.model_dump_json().encode() if isinstance(document, Document) else to_json(document)
    )
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def digest_of_request(method: str, path: str, body: Any) -> bytes:
    """A digest that differs for different requests, but not by the order of fields or white space.

    `body`: the parsed JSON.
    """
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).digest()


def kept_answer(session: Session, key: str, request: bytes) -> Answer | None:
    """The answer that a request got the first time, or None.

    Raises ProblemError if the key was used for another request.
    """
    row = session.execute(
        "SELECT request, status, headers, body FROM answers WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    if row[0] != request:
        raise key_reused(key)
    return Answer(row[1], row[3], {**from_json(row[2]), "Idempotent-Replayed": "true"})


def keep_answer(session: Session, key: str, request: bytes, given: Answer, now: int) -> None:
    """Keep an answer in the transaction of its command, and delete some of the oldest.

    `now`: microseconds since 1970.
    """
    session.execute(
        "INSERT INTO answers VALUES (?,?,?,?,?,?)",
        (key, request, given.status, to_json(given.headers).decode(), given.body, now),
    )
    session.execute(
        "DELETE FROM answers WHERE key IN "
        "(SELECT key FROM answers WHERE at < ? ORDER BY at LIMIT ?)",
        (now - KEPT // timedelta(microseconds=1), _SOME),
    )
