"""The HTTP application: every endpoint, its documentation, and what holds for all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from infrastructure.http.endpoints import (
    accounts,
    activities,
    contacts,
    events,
    imports,
    merges,
    operations,
    records,
    settings,
)
from infrastructure.http.limits import EveryRequest
from infrastructure.http.problems import Problem, handle_problems
from infrastructure.http.requests import RecordSent
from infrastructure.http.service import Service

API_VERSION = "1.0"
LARGEST_BODY = 8 << 20
"""The most bytes of a body, but for a file that is imported."""

_DESCRIPTION = """
Contacts from many sources become one, by rules that say why, on an event log.

Times are RFC 3339 with offset; phones are canonical (`+13195555677`, `+13195555677;ext=12`) with
the written form beside them. Lists take `limit` and `cursor` and return `{"items", "next"}`.
Errors are problem documents (RFC 9457); input errors name the field.
"""


def create_app(
    service: Service, *, arrives_within: float = 20.0, done_within: float = 60.0
) -> FastAPI:
    """The application over a service. Its time limits are in seconds."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tending = asyncio.create_task(_tend(service))
        yield
        tending.cancel()
        with suppress(asyncio.CancelledError):
            await tending
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="Contact Merging",
        version=API_VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=LARGEST_BODY,
        separate_input_output_schemas=False,
        middleware=[
            Middleware(
                _every_request,
                service=service,
                arrives_within=arrives_within,
                done_within=done_within,
            )
        ],
    )
    app.state.service = service
    handle_problems(app)
    # Routes are tried in order: those that are asked for most come first.
    for each in (
        activities,
        contacts,
        records,
        merges,
        settings,
        imports,
        events,
        accounts,
        operations,
    ):
        app.include_router(each.router)
    operations.serve_docs(app)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _openapi(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _every_request(
    app: ASGIApp, *, service: Service, arrives_within: float, done_within: float
) -> ASGIApp:
    return EveryRequest(
        app, metrics=service.metrics, arrives_within=arrives_within, done_within=done_within
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    template = "#/components/schemas/{model}"
    for model in (Problem, RecordSent):
        schema = model.model_json_schema(ref_template=template)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    sent = schemas["RecordsSent"]["properties"]["records"]
    # Whatever is sent as a record is answered in its place: one that is wrong is rejected alone.
    sent["items"] = {"anyOf": [{"$ref": template.format(model="RecordSent")}, {}]}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


async def _tend(service: Service) -> None:
    """What is looked after once a second."""
    await asyncio.to_thread(_go_on, service)
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(service.imports.look_after)
        for handler in logging.getLogger().handlers:
            handler.flush()


def _go_on(service: Service) -> None:
    """Go on with imports that a server before this one did not finish."""
    for account in service.accounts.names():
        if service.accounts.has_running_import(account):
            service.imports.start(account)
