"""Answers that are kept, so that a request sent again with its key has one effect and one answer.

An answer is written in the commit of its command: both are there, or neither. A refusal wrote
nothing and is not kept: a request that is sent again is decided again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from application.documents.document import Document
from application.documents.jobs import JobAccepted
from application.jobs.job import Job
from application.ports import AccountLog, Reading
from infrastructure.storage.beside import find, insert
from infrastructure.storage.session import Session
from infrastructure.storage.times import to_micros
from infrastructure.web.problems import key_reused

P = ParamSpec("P")
T = TypeVar("T")

KEPT = timedelta(days=7)
Once = tuple[str, bytes]
"""An Idempotency-Key, and the digest that tells its request from another one with the same key."""
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


def answer(status: int, document: Document, **headers: str) -> Answer:
    """An answer with a document."""
    return Answer(status, document.model_dump_json().encode(), headers)


def accepted(account: str, kind: str, job: Job) -> Answer:
    """The answer that a job was accepted. `kind`: the collection in which it is shown."""
    document = JobAccepted(id=job.id, status=job.status)
    return answer(202, document, Location=f"/v1/accounts/{account}/{kind}/{job.id}")


def send(document: Document, status: int = 200, **headers: str) -> Response:
    """The response with a document."""
    return answer(status, document, **headers).as_response()


def read(
    log: AccountLog,
    use_case: Callable[Concatenate[Reading, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What a use case reads from a snapshot of an account."""
    with log.reading() as reading:
        return use_case(reading, *args, **kwargs)


def digest_of_request(request: Request, body: Any) -> bytes:
    """A digest that differs for different requests, but not by the order of fields or white space.

    `body`: the parsed JSON.
    """
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True)
    text = f"{request.method} {request.url.path}\n{canonical}"
    return hashlib.sha256(text.encode()).digest()


def kept_answer(session: Session, key: str, request: bytes) -> Answer | None:
    """The answer that a request got the first time, or None.

    Raises ProblemError if the key was used for another request.
    """
    for _, first, status, headers, body, _ in find(session, "answers", "WHERE key = ?", key):
        if first != request:
            raise key_reused(key)
        return Answer(status, body, {**from_json(headers), "Idempotent-Replayed": "true"})
    return None


def keep_answer(session: Session, key: str, request: bytes, given: Answer, now: datetime) -> None:
    """Keep an answer in the transaction of its command, and delete some of the oldest."""
    headers, at = to_json(given.headers).decode(), to_micros(now)
    insert(session, "answers", [(key, request, given.status, headers, given.body, at)])
    session.execute(
        "DELETE FROM answers WHERE key IN "
        "(SELECT key FROM answers WHERE at < ? ORDER BY at LIMIT ?)",
        (to_micros(now - KEPT), _SOME),
    )
