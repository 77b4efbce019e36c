"""Bad input is refused by name and in plain words, writes nothing, and breaks nothing."""

import json
import re
import socket
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.cursors import to_cursor
from tests.web.service import Account, Service

PERSON = {"name": "Mary", "phones": ["+13195554929"], "emails": ["mary@major.test"]}
RECORD = {"kind": "lead", "external_id": "77", "updated_at": "2026-05-01T09:30:00Z", **PERSON}
CALL = {
    "direction": "inbound",
    "number": "+13195554929",
    "status": "missed",
    "started_at": "2026-05-01T09:30:00Z",
    "duration_seconds": 0,
}
MESSAGE = {
    "direction": "inbound",
    "number": "+13195554929",
    "text": "Hello",
    "sent_at": "2026-05-01T09:30:00Z",
}
PER_SOURCE = {"integration_leads": "phone", "integration_contacts": "never"}
GLOBAL = {"policy": "global", "rule": "phone"}
TWO = {"a": "{contact}", "b": "{other}"}
RULES = "must be 'phone', 'email', 'phone_and_email' or 'never'"
NO_TIME = "must be a time with a time zone offset, such as 2026-05-01T09:30:00+02:00"
NO_REGION = "must be a known region of two letters, such as US or GB"
NO_POINT = "must be a string or an object with `value`"
SURROGATE = "contains an invalid character (a lone surrogate)"
MANY = [f"+1319555{number:04}" for number in range(1_001)]

SAYS: list[tuple[str, Any, str, str]] = [
    ("name", 1, "name", "must be a string"),
    ("name", "a\0b", "name", "contains a NUL character"),
    ("name", "\ud800", "name", SURROGATE),
    ("name", "x" * 32_768, "name", "is too long: the limit is 32767 characters"),
    ("phones", "+13195554929", "phones", "must be a list"),
    ("phones", {}, "phones", "must be a list"),
    ("phones", [1], "phones[0]", NO_POINT),
    ("phones", ["+13195554929", None], "phones[1]", NO_POINT),
    ("phones", [["+13195554929"]], "phones[0]", NO_POINT),
    ("phones", [{}], "phones[0].value", "is missing"),
    ("phones", [{"value": 1}], "phones[0].value", "must be a string"),
    ("phones", [{"value": "1", "label": 1}], "phones[0].label", "must be a string"),
    ("phones", [{"value": "1", "kind": "x"}], "phones[0].kind", "unknown field"),
    ("phones", ["9" * 10_000], "phones[0]", "is too long: 10000 characters, the limit is 1000"),
    (
        "phones",
        ["\u2603" * 1_000],
        "phones[0]",
        "is too long: 3000 bytes in UTF-8, the limit is 2000",
    ),
    ("phones", ["+1\0"], "phones[0]", "contains a NUL character"),
    ("phones", ["\udfff"], "phones[0]", SURROGATE),
    ("phones", MANY, "phones", "has too many values: the limit is 1000"),
    ("emails", 1, "emails", "must be a list"),
    ("emails", [1], "emails[0]", NO_POINT),
    ("emails", [{"value": None}], "emails[0].value", "must be a string"),
    ("emails", ["x" * 10_000], "emails[0]", "is too long: 10000 characters, the limit is 1000"),
    ("attributes", [], "attributes", "must be an object"),
    ("attributes", "x", "attributes", "must be an object"),
    ("attributes", {"company": 1}, "attributes.company", "must be a string"),
    ("attributes", {"company": {"name": "Acme"}}, "attributes.company", "must be a string"),
    ("attributes", {"company": "\0"}, "attributes.company", "contains a NUL character"),
    ("attributes", {"\ud800": "x"}, "attributes.?", SURROGATE),
    ("attributes", {"name": "Mary"}, "attributes.name", "must be sent as `name`"),
    ("phone", "+13195554929", "phone", "unknown field"),
]
TIME: list[tuple[Any, str]] = [
    (None, NO_TIME),
    (1_777_627_800, NO_TIME),
    ("2026-05-01", NO_TIME),
    ("2026-05-01T09:30:00", NO_TIME),
    ("yesterday", NO_TIME),
    ("2026-13-01T09:30:00Z", "is not a valid time"),
    ("2100-01-01T00:00:00Z", "2100-01-01T00:00:00+00:00 is in the future"),
    ("1950-01-01T00:00:00Z", "1950-01-01T00:00:00+00:00 is before 1970"),
]
OF_ACTIVITIES: list[tuple[str, Any, str, str]] = [
    ("id", 1, "id", "must be a string"),
    ("id", "", "id", "is empty"),
    ("id", "x" * 10_000, "id", "is too long: the limit is 200 characters"),
    ("id", "a\0", "id", "contains a NUL character"),
    ("direction", "sideways", "direction", "must be 'inbound' or 'outbound'"),
    ("direction", None, "direction", "must be 'inbound' or 'outbound'"),
    ("number", 13195554929, "number", "must be a string"),
    ("number", "9" * 10_000, "number", "is too long: the limit is 1000 characters"),
    ("agent", {}, "agent", "must be a string"),
    ("agent", "\ud800", "agent", SURROGATE),
    ("caller", "Ann", "caller", "unknown field"),
]
IDS: list[tuple[Any, str]] = [
    (None, "must be a string"),
    (1, "must be a string"),
    ("", "is empty"),
    ("x" * 10_000, "is too long: the limit is 200 characters"),
    ("a\0b", "contains a NUL character"),
    ("\ud800", SURROGATE),
]

WRONG: dict[str, tuple[Any, list[tuple[str, Any, str, str]]]] = {
    "POST /contacts": (
        PERSON,
        [
            *SAYS,
            ("source", "csv", "source", "must be 'api', 'dashboard' or 'phone_app'"),
            ("source", None, "source", "must be 'api', 'dashboard' or 'phone_app'"),
        ],
    ),
    "PATCH /contacts/{contact}": (PERSON, SAYS),
    "POST /contacts/{contact}/merges": (
        {"absorb": "{other}"},
        [
            *(("absorb", wrong, "absorb", why) for wrong, why in IDS),
            ("by", "Ann", "by", "unknown field"),
        ],
    ),
    "POST /separations": (
        TWO,
        [
            *(("a", wrong, "a", why) for wrong, why in IDS),
            *(("b", wrong, "b", why) for wrong, why in IDS),
            ("c", "x", "c", "unknown field"),
        ],
    ),
    "POST /calls": (
        CALL,
        [
            *OF_ACTIVITIES,
            ("status", "busy", "status", "must be 'answered', 'missed' or 'voicemail'"),
            *(("started_at", wrong, "started_at", why) for wrong, why in TIME),
            ("duration_seconds", "63", "duration_seconds", "must be a whole number"),
            ("duration_seconds", 6.3, "duration_seconds", "must be a whole number"),
            ("duration_seconds", True, "duration_seconds", "must be a whole number"),
            ("duration_seconds", None, "duration_seconds", "must be a whole number"),
            ("duration_seconds", -1, "duration_seconds", "must be at least 0"),
            ("duration_seconds", 10**9, "duration_seconds", "must be at most 604800"),
        ],
    ),
    "POST /messages": (
        MESSAGE,
        [
            *OF_ACTIVITIES,
            ("text", None, "text", "must be a string"),
            ("text", "a\0", "text", "contains a NUL character"),
            ("text", "x" * 32_768, "text", "is too long: the limit is 32767 characters"),
            *(("sent_at", wrong, "sent_at", why) for wrong, why in TIME),
        ],
    ),
    "POST /calls/{call}/assignment": (
        {"contact_id": "{contact}"},
        [
            *(("contact_id", wrong, "contact_id", why) for wrong, why in IDS),
            ("by", "Ann", "by", "unknown field"),
        ],
    ),
    "PUT /merge-settings": (
        PER_SOURCE,
        [
            ("policy", "mine", "policy", "must be 'per_source' or 'global'"),
            ("policy", None, "policy", "must be 'per_source' or 'global'"),
            ("integration_leads", "both", "integration_leads", RULES),
            ("integration_contacts", None, "integration_contacts", RULES),
            ("shared_identifiers", "+13195550100", "shared_identifiers", "must be a list"),
            ("shared_identifiers", [1], "shared_identifiers[0]", "must be a string"),
            (
                "shared_identifiers",
                ["n/a"],
                "shared_identifiers",
                "`n/a` is not a valid phone number or email",
            ),
            ("default_region", "XX", "default_region", NO_REGION),
            ("default_region", 1, "default_region", NO_REGION),
            ("rule", "phone", "rule", "unknown field"),
        ],
    ),
    "PUT /merge-settings ": (
        GLOBAL,
        [
            ("rule", "both", "rule", RULES),
            ("integration_leads", "phone", "integration_leads", "unknown field"),
        ],
    ),
    "POST /keys": (
        {"role": "agent", "name": "Ann"},
        [
            ("role", "owner", "role", "must be 'admin', 'agent', 'integration' or 'auditor'"),
            ("name", "", "name", "is empty"),
            ("name", " ", "name", "is blank"),
            ("name", "x" * 101, "name", "is too long: the limit is 100 characters"),
            ("name", "a\0b", "name", "contains a NUL character"),
            (
                "integration",
                "hubspot",
                "integration",
                "must be given for the role `integration`, and only then",
            ),
            (
                "integration",
                "Hub Spot",
                "integration",
                "must match the pattern `^[a-z0-9][a-z0-9_.-]{0,63}$`",
            ),
            ("key", "mine", "key", "unknown field"),
        ],
    ),
    "POST /integrations/hubspot/records": (
        {"records": [RECORD]},
        [
            ("records", None, "records", "must be a list"),
            ("records", {}, "records", "must be a list"),
            ("records", [], "records", "is empty"),
            ("records", [RECORD] * 10_000, "records", "has too many values: the limit is 1000"),
            ("record", RECORD, "record", "unknown field"),
        ],
    ),
}
OF_THE_OPERATOR: list[tuple[str, Any, str, str]] = [
    ("id", 1, "id", "must be a string"),
    ("id", "Acme", "id", "must match the pattern `^[a-z0-9][a-z0-9_]{0,39}$`"),
    ("id", "../acme", "id", "must match the pattern `^[a-z0-9][a-z0-9_]{0,39}$`"),
    ("default_region", "USA", "default_region", NO_REGION),
    ("name", "Acme", "name", "unknown field"),
]
OF_A_RECORD: list[tuple[str, Any, str, str]] = [
    *SAYS,
    ("kind", "company", "kind", "must be 'contact' or 'lead'"),
    ("kind", None, "kind", "must be 'contact' or 'lead'"),
    ("external_id", 77, "external_id", "must be a string"),
    ("external_id", "", "external_id", "is empty"),
    ("external_id", "x" * 10_000, "external_id", "is too long: the limit is 1000 characters"),
    ("external_id", "a\0", "external_id", "contains a NUL character"),
    ("country", "Atlantis", "country", NO_REGION),
    ("updated_at", "2026-05-01", "updated_at", NO_TIME),
]


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


@pytest.fixture(scope="module")
def quiet(service: Service) -> Quiet:
    return Quiet(service.account())


@pytest.fixture(autouse=True)
def nothing_is_written(quiet: Quiet) -> Iterator[None]:
    yield
    quiet.check()


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["detail"]
    assert "Traceback" not in answer.text
    return answer.status_code, document["type"].removeprefix("/problems/")


def check_refused(answer: httpx.Response, field: str, reason: str) -> None:
    assert problem(answer) == (422, "invalid"), answer.text[:500]
    errors = answer.json()["errors"]
    assert (errors[0]["field"], errors[0]["reason"]) == (field, reason)
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert len(errors) == 1


@pytest.mark.parametrize("request_", WRONG)
def test_every_field_that_is_wrong_is_named_with_the_reason(
    quiet: Quiet, subtests: pytest.Subtests, request_: str
) -> None:
    body, wrong = WRONG[request_]
    for name, value, field, reason in wrong:
        with subtests.test(f"{name}: {ascii(value)[:40]}"):
            check_refused(quiet.send(request_, {**body, name: value}), field, reason)


@pytest.mark.parametrize("request_", WRONG)
def test_a_body_that_lacks_a_field_or_is_none_is_refused(quiet: Quiet, request_: str) -> None:
    body, _ = WRONG[request_]
    for whole in ("[]", '"text"', "1", "null"):
        check_refused(quiet.send(request_, content=whole), "body", "must be an object")
    check_refused(quiet.send(request_, content=b""), "body", "is missing")
    optional = {"name", "phones", "emails", "number", "policy"} if "keys" not in request_ else set()
    for name in body.keys() - optional:
        rest = {each: value for each, value in body.items() if each != name}
        check_refused(quiet.send(request_, rest), name, "is missing")


def test_an_account_that_is_wrong_is_refused(
    quiet: Quiet, service: Service, subtests: pytest.Subtests
) -> None:
    for name, value, field, reason in OF_THE_OPERATOR:
        with subtests.test(f"{name}: {value}"):
            made = service.operator.post("/v1/accounts", json={"id": "acme", name: value})
            check_refused(made, field, reason)
    assert quiet.account.rows()


def test_the_table_has_every_field_of_every_body(service: Service) -> None:
    document = service.client(None).get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    tried = {re.sub(r"\{\w+\}|hubspot", "…", each).strip(): set[str]() for each in WRONG}
    for each, (_, wrong) in WRONG.items():
        tried[re.sub(r"\{\w+\}|hubspot", "…", each).strip()] |= {name for name, *_ in wrong}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None or path == "/v1/accounts":
                continue
            own = path.removeprefix("/v1/accounts/{account}")
            request = f"{method.upper()} {re.sub(r'{.*?}', '…', own)}"
            for each in body["schema"].get("oneOf", body["schema"].get("anyOf", [body["schema"]])):
                schema = schemas[each["$ref"].rpartition("/")[2]]
                assert schema["properties"].keys() <= tried[request], request
    assert schemas["RecordSent"]["properties"].keys() <= {name for name, *_ in OF_A_RECORD}


class TestRecords:
    def test_one_that_is_wrong_is_rejected_alone_and_its_field_is_named(
        self, account: Account
    ) -> None:
        wrong = [{**RECORD, name: value} for name, value, _, _ in OF_A_RECORD]
        sent = json.dumps({"records": [RECORD, *wrong, None, [], "text", RECORD]})
        answer = account.admin.post(
            f"{account.base}/integrations/hubspot/records",
            content=sent,
            headers={"content-type": "application/json", "idempotency-key": "surrogates too"},
        )
        assert answer.status_code == 200, answer.text
        first, *rejected, no_object, a_list, a_text, last = answer.json()["results"]
        assert (first["outcome"], last["outcome"]) == ("created", "unchanged")
        for result, (name, _, field, reason) in zip(rejected, OF_A_RECORD, strict=True):
            error = {"field": field, "reason": reason}
            assert result == {"outcome": "rejected", "error": error}, name
        for result in (no_object, a_list, a_text):
            assert result["error"] == {"field": "record", "reason": "must be an object"}

    def test_one_without_an_id_is_rejected(self, account: Account) -> None:
        sent = {"records": [{"kind": "lead"}]}
        answer = account.post("/integrations/hubspot/records", sent)
        (result,) = answer.json()["results"]
        assert result["error"] == {"field": "external_id", "reason": "is missing"}
        assert account.position() == 1


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
WRONG_IMPORTS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"region": "US"}, "file", "is missing"),
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
    (
        {"file": ("x.csv", "")},
        {},
        "file",
        "is empty, or its first line is; it needs a header",
    ),
    (
        {"file": ("x.csv", b"Name,Phone\nM\xe4ry,1\n")},
        {},
        "file",
        "is not UTF-8 text (line 2); save it as UTF-8",
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


QUERIES = [
    ("/contacts?limit=0", "limit", "must be at least 1"),
    ("/contacts?limit=1001", "limit", "must be at most 1000"),
    ("/contacts?limit=many", "limit", "must be a whole number"),
    ("/contacts?kind=company", "kind", "must be 'contact' or 'lead'"),
    ("/contacts?phone=n/a", "phone", "`n/a` is not a valid phone number"),
    ("/contacts?email=mary", "email", "`mary` is not a valid email address"),
    ("/contacts?phone=%2B13195554929&email=a@b.test", "email", None),
    ("/contacts?q=a", "q", "must have at least two characters"),
    ("/contacts?q=ma%00ry", "q", "contains a NUL character"),
    ("/merges?contact=%00", "contact", "contains a NUL character"),
    ("/exports?integration=hub%00spot", "integration", "contains a NUL character"),
    ("/explanations?a={contact}&b=%00", "b", "contains a NUL character"),
    ("/events?after=-1", "after", "must be at least 0"),
    ("/events?after=9223372036854775808", "after", "must be at most 9223372036854775807"),
    (f"/events?after={'9' * 5_000}", "after", "is too large"),
    ("/events/stream?after=x", "after", "must be a whole number"),
    ("/exports?after=1.5", "after", "must be a whole number"),
    ("/explanations?a={contact}", "b", "is missing"),
]


class TestReading:
    @pytest.mark.parametrize(("query", "field", "reason"), QUERIES)
    def test_a_parameter_that_is_wrong_is_named(
        self, quiet: Quiet, query: str, field: str, reason: str | None
    ) -> None:
        answer = quiet.send(f"GET {query}")
        check_refused(answer, field, reason or answer.json()["errors"][0]["reason"])
        assert answer.json()["errors"][0]["location"] == "query"

    @pytest.mark.parametrize("given", ["x", "-1", "1.5", "9" * 19, "9" * 5_000, "²".encode()])
    def test_a_stream_goes_on_from_no_id_that_is_none(
        self, quiet: Quiet, given: str | bytes
    ) -> None:
        answer = quiet.send("GET /events/stream", headers={"last-event-id": given})
        check_refused(answer, "Last-Event-ID", "is not a valid position")
        assert answer.json()["errors"][0]["location"] == "header"

    def test_texts_that_nobody_has_find_nobody(self, quiet: Quiet) -> None:
        for q in ("%ED%A0%80%ED%A0%80", "%FF%FE", "x" * 10_000, "%00%00%00x", "%25%25", "*-"):
            answer = quiet.send(f"GET /contacts?q={q}")
            assert answer.status_code in {200, 422}
            assert answer.status_code == 422 or answer.json() == {"items": [], "next": None}

    def test_an_id_that_cannot_be_is_missing(self, quiet: Quiet) -> None:
        for given in ("%00", "%ED%A0%80", "x" * 20_000, "..%2f..%2fkeys.sqlite3", "' OR 1=1 --"):
            for things in ("contacts", "merges", "imports", "calls", "messages"):
                answer = quiet.send(f"GET /{things}/{given}")
                assert problem(answer) == (404, "not-found")
            account = f"//v1/accounts/{given}/contacts"
            assert problem(quiet.send(f"GET {account}")) == (404, "not-found")


class TestCursors:
    @pytest.fixture(scope="class")
    @classmethod
    def lists(cls, service: Service) -> tuple[Account, dict[str, str]]:
        """An account, and for each of its lists the cursor of the second page."""
        account = service.account()
        contact = account.contact()
        body = {"phones": ["+13195550100"], "name": "Person of a conflict"}
        for _ in range(3):
            account.post("/contacts", body).raise_for_status()
            account.made(f"/contacts/{contact}/merges", {"absorb": account.contact()}, "id")
            account.call(account.get(f"/contacts/{contact}").json()["phones"][0]["value"])
            account.message()
            account.key("agent")
            account.admin.patch(f"{account.base}/contacts/{contact}", json={"name": str(_)})
        paths = (
            "/contacts",
            "/contacts?q=person",
            f"/contacts/{contact}/records",
            f"/contacts/{contact}/absorbed",
            f"/contacts/{contact}/history",
            f"/contacts/{contact}/activities",
            "/merges",
            "/conflicts",
            "/calls",
            "/messages",
            "/keys",
        )
        found = {path: account.get(path, **params(path), limit=1).json()["next"] for path in paths}
        assert None not in found.values()
        return account, found

    def test_one_of_another_list_is_refused(self, lists: tuple[Account, dict[str, str]]) -> None:
        account, cursors = lists
        for path in cursors:
            for other, cursor in cursors.items():
                answer = account.get(path, **params(path), cursor=cursor)
                if path == other:
                    assert answer.status_code == 200
                else:
                    check_refused(answer, "cursor", f"`{cursor[:60]}` is not a cursor of this list")

    def test_one_that_is_none_is_refused(
        self, lists: tuple[Account, dict[str, str]], service: Service
    ) -> None:
        account, cursors = lists
        for cursor in ("", "x", "\0", "\u2603", "1", "W10", "x" * 5_000, "bnVsbA", "e30"):
            reason = f"`{cursor[:60]}` is not a cursor of this list"
            for path in cursors:
                answer = account.get(path, **params(path), cursor=cursor)
                check_refused(answer, "cursor", reason)
            accounts = service.operator.get("/v1/accounts", params={"cursor": cursor})
            check_refused(accounts, "cursor", reason)

    def test_one_with_a_nul_byte_is_refused(self, lists: tuple[Account, dict[str, str]]) -> None:
        account, cursors = lists
        for path, cursor in cursors.items():
            items, place = json.loads(b64decode(cursor + "==", b"-_"))
            worse = ["\0" if isinstance(each, str) else each for each in place]
            if worse != place:
                given = to_cursor(items, *worse)
                answer = account.get(path, **params(path), cursor=given)
                check_refused(answer, "cursor", f"`{given[:60]}` is not a cursor of this list")

    def test_one_of_another_account_shows_nothing_of_that_account(
        self, lists: tuple[Account, dict[str, str]], quiet: Quiet
    ) -> None:
        account, cursors = lists
        theirs = {each["id"] for each in account.items("/contacts")}
        for path in ("/contacts", "/merges", "/calls", "/conflicts"):
            page = quiet.account.get(path, cursor=cursors[path]).json()
            assert not [each for each in page["items"] if each.get("id") in theirs]


def params(path: str) -> dict[str, str]:
    """The query of a path, which parameters would replace."""
    return dict(httpx.URL(path).params)


class TestRoutes:
    @pytest.mark.parametrize(
        "path", ["//nothing", "//v1", "//v2/accounts", "/nothing", "/contacts/", "/contacts/x/y"]
    )
    def test_an_unknown_one_is_not_found(self, quiet: Quiet, path: str) -> None:
        assert problem(quiet.send(f"GET {path}")) == (404, "not-found")

    @pytest.mark.parametrize(
        ("request_", "allowed"),
        [
            ("DELETE /contacts", "GET, POST"),
            ("PUT /contacts/{contact}", "DELETE, GET, PATCH"),
            ("POST /merge-settings", "GET, PUT"),
            ("PATCH /merges", "GET"),
            ("DELETE //v1/accounts", "GET, POST"),
            ("POST //healthz", "GET"),
            ("OPTIONS /contacts", "GET, POST"),
        ],
    )
    def test_an_unknown_method_is_not_allowed(
        self, quiet: Quiet, request_: str, allowed: str
    ) -> None:
        answer = quiet.send(request_)
        assert problem(answer) == (405, "method-not-allowed")
        assert answer.headers["allow"] == allowed

    @pytest.mark.parametrize("key", ["", "x" * 256, "ä".encode(), "\xe4".encode("latin-1")])
    def test_an_idempotency_key_that_is_none_is_refused(
        self, quiet: Quiet, key: str | bytes
    ) -> None:
        answer = quiet.send("POST /contacts", PERSON, headers={"idempotency-key": key})
        assert problem(answer) == (422, "invalid")
        (error,) = answer.json()["errors"]
        assert (error["field"], error["location"]) == ("Idempotency-Key", "header")
