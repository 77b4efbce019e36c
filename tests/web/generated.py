"""Requests that schemathesis makes from the OpenAPI document, and checks of their answers."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.web.service import OPERATOR_KEY, Account, Service

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]

EXCEPT = [
    (unsupported_method, "/v1/accounts/{account}/calls/{call_id}/assignment"),
    (unsupported_method, "/v1/accounts/{account}/contacts/export"),
]
"""With another method these are the paths of a missing call, whose id may have a slash, and of a
missing contact."""

Operation = schemathesis.APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]

AS_THINGS_ARE = {304, 404, 409, 412}
"""Statuses other than success that a permitted request may get."""

NO_SCHEMA_CAN_SAY = [
    ("cursor", "is not a cursor of this list"),
    ("q", "must have at least two characters"),
    ("phone", "is not a valid phone number"),
    ("email", "is not a valid email address"),
    ("email|status", "cannot be combined with"),
    ("default_region|region|records.*country", "must be a known region"),
    ("integration", "must be given for the role `integration`"),
    ("shared_identifiers", "is not a valid phone number or email"),
    ("started_at|sent_at", "is in the future|is before 1970"),
    ("file", "is empty|no column holds phones or emails|send either a `file`"),
    ("region|mapping|forget_mapping|encoding|header_row", "comes with the dry run"),
    ("mapping", "must be a JSON object|the file has no column"),
    ("keep_apart|share", "must be a JSON list|needs the `preview`|would not join"),
    ("share", "is not a valid phone number or email"),
    ("encoding", "is not known"),
    ("header_row", "is empty or not among the first rows"),
    ("id|attributes", "is blank"),
    (".*", "contains a NUL character|bytes in UTF-8"),
]
"""Fields and reasons for which it may be refused: a schema cannot express their meaning."""


def schema_of(service: Service) -> BaseSchema:
    """The document of the service without the stream, which never ends."""
    document = service.client(None).get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document).exclude(path_regex="/events/stream$")
    schema.config.update(base_url=service.url)
    schema.config.generation.update(with_security_parameters=False)
    return schema


ROWS = "Name,Phone\nMary,+13195550100\nNobody,n/a\n"


class Things:
    """The things of an account, so that most requests find something."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._make: dict[str, Callable[[], str]] = {
            "account": lambda: account.name,
            "key_id": lambda: account.made("/keys", {"role": "agent", "name": "Ann"}, "id"),
            "contact_id": account.contact,
            "merge_id": account.merge,
            "item_id": account.merge,
            "call_id": account.call,
            "message_id": account.message,
            "number": lambda: "+13195550100",
            "import_id": lambda: account.imported(ROWS),
            "job_id": account.job_that_waits,
            "name": lambda: "hubspot",
            "kind": lambda: "contact",
            "external_id": account.record,
        }

    def of(self, operation: Operation, names: Any) -> dict[str, str]:
        """A value for each parameter of a path, which the operation can find or remove."""
        made = {name: self._make[name]() for name in names}
        match operation.method, operation.path:
            case "delete", "/v1/accounts/{account}":
                made["account"] = self._account.another().name
            case "delete", path if path.endswith("/imports/{import_id}"):
                made["import_id"] = self._account.job_that_waits()
            case _, path if path.endswith("/restoration"):
                made["contact_id"] = self._account.deleted()
            case _, "/problems/{name}":
                made["name"] = "invalid"
        return made

    def in_body_or_query(self, given: Any) -> Any:
        """The same for bodies and queries: existing contacts for ids, and a file of rows."""
        if not isinstance(given, dict):
            return given
        ids = {"a", "b", "absorb", "contact_id", "contact"} & given.keys()
        file = {"file": ROWS} if "file" in given else {}
        if "preview" in given:
            file["preview"] = self._account.preview(ROWS)
        return {**given, **{name: self._account.contact() for name in ids}, **file}


class Requests:
    """Sends requests to a service and checks its answers; counts them by operation and status."""

    def __init__(self, service: Service, account: Account) -> None:
        self.schema = schema_of(service)
        self.sent: Counter[tuple[str, int]] = Counter()
        self._things = Things(account)
        self._key = account.key("admin")
        self._session = service.clients.enter_context(requests.Session())

    def operations(self) -> Iterator[Operation]:
        """Every operation of the document."""
        for found in self.schema.get_all_operations():
            assert isinstance(found, Ok)
            yield found.ok()

    def generated(self, operation: Operation, *, seed: int, found: int, unfound: int) -> None:
        """Send a number of valid and invalid requests, for existing and missing things."""
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            if mode.is_negative and not _can_be_invalid(operation):
                continue  # which schemathesis finds out after seconds
            for existing, examples in ((True, found), (False, unfound)):
                self._generate(operation, mode, seed, examples, existing=existing)

    def _generate(
        self,
        operation: Operation,
        mode: GenerationMode,
        seed: int,
        examples: int,
        *,
        existing: bool,
    ) -> None:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case) -> None:
            if existing:
                self._let_find(case)
            self.send(case)

        try:
            send()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, f"nothing valid for {operation.label}"

    def boundaries(self, operation: Operation, *, every: int) -> None:
        """Send the boundary values of each field that schemathesis suggests, or a share of them."""
        cases = self.schema.iter_coverage_cases(
            operation,
            generation_modes=list(GenerationMode),
            generation_config=self.schema.config.generation,
        )
        for case in islice(cases, 0, None, every):
            assert case.meta is not None
            tried = case.meta.phase.data
            assert isinstance(tried, CoveragePhaseData)
            if tried.parameter_location is not ParameterLocation.PATH:
                self._let_find(case)
            self.send(case)

    def _let_find(self, case: Case) -> None:
        if case.path_parameters:
            made = self._things.of(case.operation, case.path_parameters)
            case.path_parameters = {**case.path_parameters, **made}
        if case.meta is not None and case.meta.generation.mode.is_positive:
            if case.body is not NOT_SET:
                case.body = self._things.in_body_or_query(case.body)
            if case.query:
                case.query = self._things.in_body_or_query(case.query)

    def send(self, case: Case) -> None:
        """Send a request and check the answer. Raises AssertionError with a way to repeat it."""
        of_operator = case.path in {"/v1/accounts", "/v1/accounts/{account}"}
        key = OPERATOR_KEY if of_operator else self._key
        headers = {"Authorization": f"Bearer {key}"}
        response = case.call(session=self._session, headers=headers)
        self.sent[case.operation.label, response.status_code] += 1
        checks = [each for each in CHECKS if (each, case.path) not in EXCEPT]
        case.validate_response(response, checks=checks, headers=headers)
        assert case.meta is not None
        if case.meta.generation.mode.is_positive and not _is_fair(response):
            raise AssertionError(
                f"refused, though the document permits it:\n{case.as_curl_command()}\n"
                f"{response.status_code} {response.text[:1000]}"
            )


def _can_be_invalid(operation: Operation) -> bool:
    """Whether its schema can be violated: not if it accepts any text."""
    parameters = [each.definition for each in operation.iter_parameters()]
    return (
        len(operation.body) > 0
        or any(each["in"] == "query" and each.get("required", False) for each in parameters)
        or not all(
            form.get("type") in {"string", "null"} and not form.keys() & {"pattern", "enum"}
            for schema in (each["schema"] for each in parameters)
            for form in schema.get("anyOf", [schema])
        )
    )


def _is_fair(response: schemathesis.Response) -> bool:
    """Whether a request that the document permits may get this answer."""
    if response.status_code < 300 or response.status_code in AS_THINGS_ARE:
        return True
    problem = response.json()
    if problem["type"] == "/problems/key-reused":
        return True
    return response.status_code == 422 and all(
        any(
            re.fullmatch(field, error["field"].partition("[")[0])
            and re.search(why, error["reason"])
            for field, why in NO_SCHEMA_CAN_SAY
        )
        for error in problem["errors"]
    )
