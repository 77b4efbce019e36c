"""The HTTP application: every endpoint, its documentation, and what applies to all of them."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from multiprocessing import parent_process
from types import FrameType
from typing import Any

from fastapi import FastAPI, Request, Response

from application.refusals import StoreUnusable
from infrastructure.web.api import (
    accounts,
    activities,
    attention,
    contacts,
    events,
    imports,
    jobs,
    merges,
    operations,
    records,
    settings,
)
from infrastructure.web.api.documentation import problems
from infrastructure.web.api.openapi import openapi_of
from infrastructure.web.limits import EveryRequest
from infrastructure.web.pages import PAGES
from infrastructure.web.pages.failures import failure_page
from infrastructure.web.pages.frame import prepare
from infrastructure.web.paths import is_page
from infrastructure.web.problems import ProblemError, as_response, handle_problems
from infrastructure.web.quick import QuickWay
from infrastructure.web.service import Service

_log = logging.getLogger("contact_merging.http")


def create_app(
    service: Service, *, arrives_within: float = 20.0, done_within: float = 60.0
) -> FastAPI:
    """The application over a service. Its time limits are in seconds."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _stop_with_the_process(service)
        tending = asyncio.create_task(_tend(service))
        yield
        tending.cancel()
        with suppress(asyncio.CancelledError):
            await tending
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="Contact Merging",
        version="1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        # What it tells of exceptions may be personal data; and it asks at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # Routes are tried in order, so the most frequent ones come first.
    frequent, others = (activities, contacts, records, merges), (imports, jobs, events, accounts)
    app.add_middleware(QuickWay, routes=[each for of in frequent for each in of.router.routes])
    app.add_middleware(
        EveryRequest,
        service=service,
        respond=_respond,
        arrives_within=arrives_within,
        done_within=done_within,
    )
    app.state.service = service
    handle_problems(app, _respond)
    for each in (*frequent, attention, settings, *others):
        app.include_router(each.router, responses=problems())
    app.include_router(operations.router)
    prepare()
    for page in PAGES:
        app.include_router(page)
    operations.serve_docs(app)

    app.openapi = cache(partial(openapi_of, app))  # type: ignore[method-assign]  # as FastAPI documents
    return app


def _respond(problem: ProblemError, request: Request) -> Response:
    """A problem for whoever sent a request: a person in a browser, or a program."""
    if is_page(request.url.path):
        return failure_page(problem, request)
    return as_response(problem)


def _stop_with_the_process(service: Service) -> None:
    """End event streams as soon as the process is told to end, before it waits for requests."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def stop(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(service.stop)
            if callable(before):
                before(number, frame)

        signal.signal(number, stop)


async def _tend(service: Service) -> None:
    """Do the periodic tasks, once a second."""
    one_of_several = parent_process()
    unusable: set[str] = set()
    while True:
        if one_of_several and not one_of_several.is_alive():  # it was killed, and cannot stop us
            signal.raise_signal(signal.SIGTERM)
        for task in (service.take_over, service.jobs.look_after, service.follow):
            try:
                await asyncio.to_thread(task)
                unusable.discard(task.__name__)
            except StoreUnusable as error:  # logged once, however long it lasts
                if task.__name__ not in unusable:
                    unusable.add(task.__name__)
                    _log.warning(
                        "store unusable", extra={"task": task.__name__, "reason": str(error)}
                    )
            except Exception:  # noqa: BLE001 -- the next try may succeed, and the others must go on
                _log.exception("failed")
        for handler in logging.getLogger().handlers:
            handler.flush()
        await asyncio.sleep(1)
