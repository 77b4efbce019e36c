"""A body or file that is broken, too large or of another form is refused, and breaks nothing."""

import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.bad_input.sending import NO_REGION, Quiet, check_refused
from tests.web.service import Service, problem

BROKEN = {
    "cut off": b'{"name": "Ma',
    "no JSON": b"name=Mary",
    "two": b"{} {}",
    "single quotes": b"{'name': 'Mary'}",
    "a trailing comma": b'{"name": "Mary",}',
    "Latin-1": '{"name": "Märy"}'.encode("latin-1"),
    "NUL bytes": b"\0\0\0",
    "deep lists": b"[" * 100_000,
    "deep lists, closed": b'{"attributes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
}


class TestBodies:
    @pytest.mark.parametrize("name", BROKEN)
    def test_json_that_is_broken_is_malformed(self, quiet: Quiet, name: str) -> None:
        for headers in {}, {"idempotency-key": f"broken {name}"}:
            answer = quiet.send("POST /contacts", content=BROKEN[name], headers=headers)
            assert problem(answer) == (400, "malformed")

    @pytest.mark.parametrize("form", ["text/plain", "application/xml", "", "multipart/form-data"])
    def test_json_in_another_form_is_of_no_supported_type(self, quiet: Quiet, form: str) -> None:
        headers = {"content-type": form}
        answer = quiet.send("POST /contacts", content=b'{"name": "Mary"}', headers=headers)
        assert problem(answer) == (415, "unsupported-media-type")
        assert answer.json()["detail"] == "send it as application/json"

    @pytest.mark.parametrize("told", [True, False])
    def test_one_of_100_megabytes_is_refused_and_eats_no_memory(
        self, quiet: Quiet, service: Service, told: bool
    ) -> None:
        before = memory(service)
        block = b" " * (1 << 20)
        for headers in {}, {"idempotency-key": "large"}:
            sent: Any = block * 100 if told else (block for _ in range(100))
            answer = quiet.send("POST /contacts", content=sent, headers=headers)
            assert problem(answer) == (413, "too-large")
            assert answer.json()["detail"] == "the limit is 8 MiB"
        assert memory(service) - before < 64 << 20

    @pytest.mark.parametrize(("length", "sent"), [(b"content-length: 104857600", 0), (None, 9)])
    def test_it_is_refused_before_it_is_sent_to_its_end(
        self, quiet: Quiet, length: bytes | None, sent: int
    ) -> None:
        account = quiet.account
        at = httpx.URL(account.service.url)
        key = account.admin.headers["authorization"]
        head = [
            f"POST {account.base}/contacts HTTP/1.1".encode(),
            f"host: {at.host}\r\nauthorization: {key}".encode(),
            b"content-type: application/json",
            length or b"transfer-encoding: chunked",
        ]
        with socket.create_connection((at.host, at.port or 80), timeout=10) as connection:
            connection.sendall(b"\r\n".join(head) + b"\r\n\r\n")
            for _ in range(sent):
                connection.sendall(b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")

    def test_a_file_of_somebody_who_may_not_import_is_no_larger_than_other_bodies(
        self, quiet: Quiet
    ) -> None:
        agent = quiet.account.client("agent")
        quiet.begin()
        file = {"file": ("people.csv", b"x" * (9 << 20))}
        answer = agent.post(f"{quiet.account.base}/imports", files=file)
        assert problem(answer) in {(403, "forbidden"), (413, "too-large")}


def memory(service: Service) -> int:
    """The peak memory of the service's process in bytes."""
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8")
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) << 10


GOOD = ("people.csv", "Name,Phone\nMary,+13195554929\n")
WRONG_IMPORTS: list[tuple[Any, dict[str, Any], str, str]] = [
    ({}, {}, "file", "send either a `file` or the id of a dry run as `preview`"),
    ({"file": GOOD}, {"region": "Atlantis"}, "region", NO_REGION),
    ({"file": GOOD}, {"dry_run": "perhaps"}, "dry_run", "must be true or false"),
    ({"file": GOOD}, {"mapping": "x"}, "mapping", "must be a JSON object of columns and fields"),
    ({"file": GOOD}, {"mapping": "[]"}, "mapping", "must be a JSON object of columns and fields"),
    (
        {"file": GOOD},
        {"mapping": '{"Tel": "phone"}'},
        "mapping",
        "the file has no column `Tel`; it has Name, Phone",
    ),
    (
        {"file": ("x.csv", "Name\nMary\n")},
        {},
        "file",
        "no column holds phones or emails among Name; map a column to `phone` or `email`",
    ),
    (
        {"file": GOOD},
        {"mapping": r'{"Name": "a\u0000b"}'},
        "mapping",
        "the name of an attribute contains a NUL character",
    ),
    ({"file": GOOD}, {"dryrun": "true"}, "dryrun", "unknown field"),
    ([("file", GOOD), ("file", GOOD)], {}, "file", "is given more than once"),
    ({"file": GOOD}, {"region": ["US", "GB"]}, "region", "is given more than once"),
    (
        {"file": ("x.csv", "")},
        {},
        "file",
        "is empty",
    ),
    (
        {"file": ("x.csv", b"Name,Phone\nM\x81ry,1\n")},
        {},
        "file",
        "is not text that can be read (line 2); save it as UTF-8",
    ),
    (
        {"file": ("x.csv", b"Name,Phone\nMary,1\n")},
        {"encoding": "klingon"},
        "encoding",
        "`klingon` is not known; give one such as utf-8, utf-16, cp1252 or shift_jis",
    ),
    (
        {"file": GOOD},
        {"header_row": "9"},
        "header_row",
        "row 9 is empty or not among the first rows",
    ),
    (
        {"file": GOOD},
        {"header_row": "-1"},
        "header_row",
        "must be at least 0",
    ),
    (
        {"file": ("x.xlsx", b"PK\3\4 and more")},
        {},
        "file",
        "is damaged: File is not a zip file",
    ),
]
BOUNDARY = {"content-type": "multipart/form-data; boundary=x"}


class TestImports:
    @pytest.mark.parametrize(("files", "data", "field", "reason"), WRONG_IMPORTS)
    def test_what_is_wrong_is_named(
        self, quiet: Quiet, files: Any, data: Any, field: str, reason: str
    ) -> None:
        given = files or {"region": (None, "US")}
        check_refused(quiet.send("POST /imports", files=given, data=data), field, reason)

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            (BOUNDARY, b"no boundary"),
            (BOUNDARY, b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
            (BOUNDARY, b"--x\r\n\r\n"),
            ({"content-type": "multipart/form-data"}, b"--x--"),
        ],
    )
    def test_a_form_that_is_broken_is_malformed(
        self, quiet: Quiet, headers: dict[str, str], body: bytes
    ) -> None:
        answer = quiet.send("POST /imports", content=body, headers=headers)
        assert problem(answer) == (400, "malformed")

    @pytest.mark.parametrize(
        "form", ["text/csv", "application/json", "application/x-www-form-urlencoded"]
    )
    def test_a_file_in_another_form_is_of_no_supported_type(self, quiet: Quiet, form: str) -> None:
        headers = {"content-type": form}
        answer = quiet.send("POST /imports", content=b"{}", headers=headers)
        assert problem(answer) == (415, "unsupported-media-type")

    def test_nothing_of_a_refused_file_is_kept(self, quiet: Quiet) -> None:
        quiet.send("POST /imports", files={"file": ("x.csv", "")})
        assert quiet.account.uploads() == set()
