"""Bodies of JSON: how much one may say. It is checked before the values are, which costs more."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from infrastructure.web.problems import invalid

MOST_FIELDS = 2_000
"""The largest number of fields of one object."""
MOST_VALUES = 100_000
"""The largest number of values of a body, at any depth."""


class JsonRoute(APIRoute):
    """A route whose body is bounded."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, which gets a request that checks its body."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return await handle(BoundedRequest(request.scope, request.receive))

        return handler


class BoundedRequest(Request):
    """A request whose body of JSON is bounded."""

    async def json(self) -> Any:
        """The body. Raises ProblemError if it says too much."""
        body = await super().json()
        if len(await self.body()) > MOST_FIELDS:  # a field takes more than one byte
            _check_size(body)
        return body


def _check_size(body: Any) -> None:
    values, waiting = 0, [body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if len(each) > MOST_FIELDS:
                raise invalid("body", f"an object has too many fields: the limit is {MOST_FIELDS}")
            inside = list(each.values())
        else:
            inside = each if isinstance(each, list) else []
        values += len(inside)
        if values > MOST_VALUES:
            raise invalid("body", f"has too many values: the limit is {MOST_VALUES}")
        waiting += [value for value in inside if isinstance(value, dict | list)]
