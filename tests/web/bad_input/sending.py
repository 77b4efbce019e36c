"""What is sent to an account in which nothing may be written, and how it is refused."""

import json
import re
from typing import Any

import httpx

from tests.web.service import Account, problem

PERSON = {"name": "Mary", "phones": ["+13195554929"], "emails": ["mary@major.test"]}
NO_REGION = "must be a known region of two letters, such as US or GB"


class Quiet:
    """An account in which nothing may be written, of a service that must not log errors."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.ids = {
            "contact": account.contact(),
            "other": account.contact(),
            "call": account.call(),
        }
        self._log = account.service.log
        self.begin()

    def begin(self) -> None:
        """Allow what was written and logged up to now."""
        self._read = len(self._lines())
        self._rows = self.account.rows()

    def send(self, request: str, body: Any = None, **sent: Any) -> httpx.Response:
        """Send as the admin; a `{contact}` in the path or in a body is the id of one."""
        method, _, path = request.partition(" ")
        for name, its_id in self.ids.items():
            path = path.replace(f"{{{name}}}", its_id)
        if body is not None:
            sent["content"] = re.sub(
                r"\{(contact|other|call)\}", lambda name: self.ids[name[1]], json.dumps(body)
            )
        headers = {"content-type": "application/json", **sent.pop("headers", {})}
        if sent.keys() & {"files", "data"}:
            del headers["content-type"]
        at = self.account.base + path.strip() if not path.startswith("//") else path[1:]
        return self.account.admin.request(method, at, headers=headers, **sent)

    def check(self) -> None:
        """Check that nothing was written, and nothing failed."""
        before, lines = self._rows, self._lines()[self._read :]
        self.begin()
        assert self._rows == before
        assert [each for each in lines if "Traceback" in each or '"failed"' in each] == []
        assert all(each.startswith("{") for each in lines)

    def _lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8").splitlines()


def check_refused(answer: httpx.Response, field: str, reason: str) -> None:
    assert problem(answer) == (422, "invalid"), answer.text[:500]
    errors = answer.json()["errors"]
    assert (errors[0]["field"], errors[0]["reason"]) == (field, reason)
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert len(errors) == 1
