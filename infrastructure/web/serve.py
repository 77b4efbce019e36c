"""Serve: configuration from the environment, logs, and a server that stops gracefully."""

import gc
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from time import monotonic

import uvicorn
from fastapi import FastAPI
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from application.refusals import Refused
from infrastructure.bootstrap import STORE_VARIABLE, Store, open_store_and_keys, the_time
from infrastructure.jobs.pool import Pool
from infrastructure.json_logs import configure_logs
from infrastructure.scratch import scratch_folder
from infrastructure.web.app import create_app
from infrastructure.web.connections import Connection
from infrastructure.web.service import Service
from infrastructure.web.shares import PER_SECOND

JOBS_VARIABLE = "CONTACT_MERGING_JOBS"
LOG_LEVEL_VARIABLE = "CONTACT_MERGING_LOG_LEVEL"
PLACES_VARIABLE = "CONTACT_MERGING_PLACES_OF_JOBS"
_ANSWERS_WITHIN = 120
"""Seconds after which a worker that does not answer is killed. On a busy machine a new worker is
silent for long while it imports its modules.
"""

_log = logging.getLogger("contact_merging.http")


class ServeSettings(BaseSettings):
    """Settings from the environment, `CONTACT_MERGING_…`; the command's options take precedence."""

    model_config = SettingsConfigDict(env_prefix="CONTACT_MERGING_", env_ignore_empty=True)

    store: str = "sqlite:./data"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    workers: int = Field(default=1, ge=1, le=64, description="How many processes serve.")
    jobs: int = Field(default=2, ge=1, le=64, description="How many jobs run at once.")
    operator_key: SecretStr | None = Field(default=None, min_length=22)
    requests_per_second: int = Field(
        default=PER_SECOND, ge=1, le=1_000_000, description="How many a key may send."
    )
    body_seconds: float = Field(
        default=20, gt=0, description="Headers arrive within these, and then a body."
    )
    request_seconds: float = Field(default=60, gt=0, description="A request is done within these.")
    stop_seconds: int = Field(default=30, ge=1, description="What runs may end within these.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")


def serve(settings: ServeSettings, started: Callable[[str], None] | None = None) -> None:
    """Serve until told to stop. Raises Refused if it must not or cannot serve.

    `started`: called with the address once it answers, by a service of one process.
    """
    if not _is_loopback(settings.host) and settings.operator_key is None:
        raise Refused(
            f"serving on {settings.host}, where others reach it, needs an operator's key of your "
            "own: set CONTACT_MERGING_OPERATOR_KEY"
        )
    accounts, keys, sign_ins = _store_of(settings)
    first = keys.first_operator_key()
    if first is not None:
        print(  # noqa: T201 -- shown only once, to the operator
            f"The operator's key, shown this once: {first}", file=sys.stderr, flush=True
        )
    operator = keys.operator_before_admins()
    if operator is not None:
        address = sign_in_address(settings.host, settings.port, sign_ins.link(operator))
        print(  # noqa: T201 -- it is no part of the log: whoever reads that must not sign in
            f"Sign in as the operator, once, within 15 minutes: {address}",
            file=sys.stderr,
            flush=True,
        )
    accounts.close()
    configure_logs(settings.log_level)
    _allow_many_files()
    # Every process reads the options of the command from its environment.
    os.environ[STORE_VARIABLE] = settings.store
    os.environ[JOBS_VARIABLE] = str(settings.jobs)
    os.environ[LOG_LEVEL_VARIABLE] = settings.log_level
    with _folder_in_common() if settings.workers > 1 else nullcontext():
        config = uvicorn.Config(
            "infrastructure.web.serve:app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=settings.stop_seconds,
            timeout_worker_healthcheck=_ANSWERS_WITHIN,
            http=partial(Connection, head_seconds=settings.body_seconds),  # type: ignore[arg-type]  # a class
        )
        if settings.workers == 1:
            Server(config, started).run()
        else:
            Workers(config, sockets=[config.bind_socket()]).run()


def sign_in_address(host: str, port: int, link: str) -> str:
    """The address at which a link signs in. The port 0 stands for one that is not known yet."""
    if port == 0:
        return f"/sign-in?link={link}"
    named = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - it is compared
    shown = f"[{named}]" if ":" in named else named
    return f"http://{shown}:{port}/sign-in?link={link}"


class Server(uvicorn.Server):
    """A service of one process. `started`: called with its address once it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._tell is not None:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._tell(f"http://{host}:{port}")


def a_free_port() -> int:
    """The usual port if nothing listens there, or else 0: any other one."""
    usual: int = ServeSettings.model_fields["port"].default
    with socket() as tried:
        tried.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", usual))
        except OSError:
            return 0
    return usual


class Workers(Multiprocess):
    """The processes of a service with several. A process that died is replaced."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self._answered: dict[Process, float] = {}

    def keep_subprocess_alive(self) -> None:
        """Replace those that died or do not answer for long, and say why in the log.

        As uvicorn does it, which however waits for an answer of one that has ended meanwhile.
        """
        for index, process in enumerate(self.processes):
            died = self._died(process)
            if died is None:
                continue
            process.kill()
            process.join()
            said = {"pid": process.pid, "exit_code": process.exitcode, "reason": died}
            _log.warning("a worker died", extra=said)
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
            if self.should_exit.is_set():
                return
            self.processes[index] = Process(self.config, self.sockets)
            self.processes[index].start()

    def _died(self, process: Process) -> str | None:
        """Why a worker is to be replaced, if it is."""
        if not process.process.is_alive():
            return "it ended"
        now = monotonic()
        if process.ping(timeout=0.2):
            self._answered[process] = now
        elif now - self._answered.setdefault(process, now) > _ANSWERS_WITHIN:
            return f"it did not answer for {_ANSWERS_WITHIN} s"
        return None


_NEW_OBJECTS = 50_000
"""How many more there may be before Python looks for garbage among them.

A contact of thousands of records takes as many, and none of them is garbage. With Python's own 700
a third of the time of showing one was spent on looking.
"""


def app() -> FastAPI:
    """The application in one of the serving processes, configured by its environment."""
    settings = ServeSettings()
    configure_logs(settings.log_level)
    # A thread that answers requests waits no longer than this for one that decides.
    sys.setswitchinterval(0.0005)
    places = os.environ.get(PLACES_VARIABLE)
    pool = Pool(settings.store, settings.jobs, Path(places) if places else None)
    service = Service(*_store_of(settings), the_time, pool, per_second=settings.requests_per_second)
    served = create_app(
        service, arrives_within=settings.body_seconds, done_within=settings.request_seconds
    )
    # What is there from the start stays. To look through it again and again would stop every
    # request for some 70 ms.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    return served


def _store_of(settings: ServeSettings) -> Store:
    given = settings.operator_key
    return open_store_and_keys(settings.store, given.get_secret_value() if given else None)


@contextmanager
def _folder_in_common() -> Iterator[None]:
    """A folder in which the processes share their metrics and the places of jobs."""
    with scratch_folder() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = os.environ[PLACES_VARIABLE] = str(folder)
        yield


def _allow_many_files() -> None:
    """Let this process and those that it starts open as many files and connections as they may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
