"""A quick way to the endpoints for valid requests, as nearly all are.

FastAPI finds out for each request anew what its endpoint needs. Here that is found out once, and
each value is read by FastAPI's own functions. A request that is not valid goes FastAPI's way from
the beginning, before anything was done. So an endpoint and its errors are defined once.
tests/web/test_quick.py checks that both ways give the same answers.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from typing import Any

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes
from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infrastructure.web.bodies import BoundedRequest, JsonRoute
from infrastructure.web.look_ups import is_look_up
from infrastructure.web.service import OpenAccount

Values = dict[str, Any]
_JSON = [b"application/json"]


class QuickWay:
    """Wraps an application. `routes`: those that it tries first, in this order."""

    def __init__(self, app: ASGIApp, routes: Sequence[APIRoute]) -> None:
        self.app = app
        self._routes = [(each, _Endpoint(each) if is_quick(each) else None) for each in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoint(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        request = BoundedRequest(scope, receive, send)
        try:
            response = await endpoint.answer(request)
        except Exception as error:
            handle = _handler_of(error, request)
            if handle is None:
                raise
            response = await handle(request, error)
        if response is None:
            await self.app(scope, _again(request, receive), send)
        else:
            await response(scope, receive, send)

    def _endpoint(self, scope: Scope) -> "_Endpoint | None":
        """The endpoint of the first route that matches, which FastAPI would choose too."""
        path = get_route_path(scope)
        for route, endpoint in self._routes:
            if scope["method"] in (route.methods or ()) and route.path_regex.match(path):
                if endpoint is not None:
                    scope.update(route.matches(scope)[1])
                return endpoint
        return None


def is_quick(route: APIRoute) -> bool:
    """Whether a route needs nothing that only FastAPI's way has."""
    is_plain = isinstance(route, JsonRoute) and all(map(_is_plain, _each(route.dependant)))
    return is_plain and len(route.dependant.body_params) <= 1


class _Endpoint:
    """An endpoint, and what it needs of a request."""

    def __init__(self, route: APIRoute) -> None:
        self._call: Callable[..., Any] = route.endpoint
        self._waits = iscoroutinefunction(route.endpoint)
        self._needs = _Needs(route.dependant)
        self._body = route.body_field

    async def answer(self, request: BoundedRequest) -> Response | None:
        """The response; None if the request is not valid."""
        # The key is looked up when the body has arrived: it may have been revoked meanwhile.
        body, errors = await _body_of(request, self._body) if self._body else (None, [])
        values = None if errors else await self._needs.values(request)
        if values is None:
            return None
        if self._body is not None:
            values[self._body.name] = body
        if self._waits:
            response: Response = await self._call(**values)
            return response
        account = values.get("account")
        if isinstance(account, OpenAccount) and is_look_up(self._call, values):
            return await account.look_ups.read(self._call, values)
        return await run_in_threadpool(self._call, **values)


class _Needs:
    """What a function needs of a request besides its body."""

    def __init__(self, of: Dependant) -> None:
        self._of = of
        self.name = of.name
        self.call: Callable[..., Awaitable[Any]] = of.call  # type: ignore[assignment]
        self._before = [_Needs(each) for each in of.dependencies]
        self._scopes = SecurityScopes(
            [*(of.parent_oauth_scopes or []), *(of.own_oauth_scopes or [])]
        )
        self._texts = {each.alias: each.name for each in of.path_params if _is_any_text(each)}
        self._path = [each for each in of.path_params if not _is_any_text(each)]
        self._without_query = request_params_to_args(of.query_params, QueryParams())
        self._without_headers = request_params_to_args(of.header_params, Headers())
        self._headers = {
            name.lower().encode()
            for each in of.header_params
            for name in (each.alias, each.name.replace("_", "-"))
        }

    async def values(self, request: BoundedRequest) -> Values | None:
        """The arguments of the function; None if the request is not valid."""
        of, scope = self._of, request.scope
        values: Values = {}
        for each in self._before:
            needed = await each.values(request)
            if needed is None:
                return None
            found = await each.call(**needed)
            if each.name is not None:
                values[each.name] = found
        for given, errors in (
            request_params_to_args(self._path, scope["path_params"]),
            request_params_to_args(of.query_params, request.query_params)
            if of.query_params and scope["query_string"]
            else self._without_query,
            request_params_to_args(of.header_params, request.headers)
            if self._headers and any(name in self._headers for name, _ in scope["headers"])
            else self._without_headers,
        ):
            if errors:
                return None
            values.update(given)
        for alias, argument in self._texts.items():
            values[argument] = scope["path_params"][alias]
        for name in (of.request_param_name, of.http_connection_param_name):
            if name:
                values[name] = request
        if of.security_scopes_param_name:
            values[of.security_scopes_param_name] = self._scopes
        return values


def _is_any_text(parameter: ModelField) -> bool:
    """Whether any text in a path is valid, and taken as it is."""
    info = parameter.field_info
    return info.annotation is str and not info.metadata


def _each(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _each(each)


def _is_plain(dependant: Dependant) -> bool:
    """Whether a function needs nothing but what is read here, and is called in the event loop."""
    call = dependant.call
    others = (
        *(dependant.cookie_params, dependant.websocket_param_name, dependant.concurrency),
        *(dependant.response_param_name, dependant.background_tasks_param_name),
    )
    waits = iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004
    is_endpoint = dependant.path is not None and dependant.name is None
    return not any(others) and (waits or is_endpoint)


async def _body_of(request: BoundedRequest, field: ModelField) -> tuple[Any, Any]:
    """A body of JSON as its model, and what is wrong with it."""
    told = [value for name, value in request.scope["headers"] if name == b"content-type"]
    if told != _JSON:
        return None, "another type"
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return None, "no JSON"
    return field.validate(body, {}, loc=("body",))


def _again(request: BoundedRequest, receive: Receive) -> Receive:
    """What receives a body that may have been read already."""
    if not hasattr(request, "_body"):
        return receive
    read: list[Message] = [
        {"type": "http.request", "body": request._body, "more_body": False}  # noqa: SLF001
    ]

    async def receive_again() -> Message:
        return read.pop() if read else await receive()

    return receive_again


def _handler_of(error: Exception, request: BoundedRequest) -> Callable[..., Any] | None:
    """What the application answers an error with."""
    handlers = request.app.exception_handlers
    return next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), None)
