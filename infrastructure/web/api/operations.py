"""Endpoints for the operator of the service: health, readiness, metrics and documentation."""

from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from application.documents.document import Document
from infrastructure.web.api.documentation import problem_answer
from infrastructure.web.callers import Serving
from infrastructure.web.problems import TYPES, ProblemError

router = APIRouter(tags=["operations"])

_ASSETS = str(files("fastapi_swagger") / "resources")
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}
_PAGE = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self' "
    "'unsafe-inline'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)


class Health(Document):
    """The state of the service."""

    status: str


class Readiness(Health):
    """Whether requests can be answered, and the accounts that were found damaged."""

    damaged_accounts: list[str]


@router.get("/healthz", name="show_health")
async def healthz() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", name="show_readiness", responses={503: problem_answer("unavailable")})
def readyz(service: Serving) -> Readiness:
    """The store can be read, and the service is not stopping.

    `damaged_accounts` are answered with a problem; all others are served.
    """
    if service.stopping.is_set():
        raise ProblemError("unavailable", "it is stopping", headers={"Retry-After": "5"})
    service.keys.check()
    service.accounts.names()
    return Readiness(status="ok", damaged_accounts=service.metrics.damaged_accounts())


@router.get(
    "/metrics",
    name="show_metrics",
    response_class=PlainTextResponse,
    responses={200: _TEXT},
)
def metrics(service: Serving) -> Response:
    """Metrics for Prometheus. They name no person, and only accounts that are damaged."""
    return Response(
        generate_latest(service.metrics.all_processes()),
        headers={"Content-Type": CONTENT_TYPE_LATEST},
    )


@router.get(
    "/problems/{name}",
    name="explain_problem",
    response_class=PlainTextResponse,
    responses={200: _TEXT, 404: problem_answer("not-found")},
)
async def problem(name: str) -> Response:
    """Explain a type of problem."""
    known = TYPES.get(name)
    if known is None:
        raise ProblemError("not-found", f"there is no problem `{name[:60]}`")
    return PlainTextResponse(f"{known.status} {known.title}\n\n{known.what}\n")


def serve_docs(app: FastAPI) -> None:
    """Serve `/docs` from installed files, so that nothing is fetched from elsewhere."""
    app.mount("/docs/assets", StaticFiles(directory=_ASSETS), name="docs-assets")

    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )
        page.headers["Content-Security-Policy"] = _PAGE
        return page

    app.add_api_route("/docs", docs, include_in_schema=False)
