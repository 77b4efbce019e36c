"""The pages, asked for without a server: what happens in this process can be watched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx

from infrastructure.bootstrap import open_store_and_keys, the_time
from infrastructure.jobs.pool import Pool
from infrastructure.web.app import create_app
from infrastructure.web.service import Service
from tests.pages.browser import SESSION, session_of
from tests.web.service import Account


@asynccontextmanager
async def visited(account: Account) -> AsyncIterator[httpx.AsyncClient]:
    """A client that an admin of the account is signed in with."""
    url = account.service.place.url
    with closing(Service(*open_store_and_keys(url, None), the_time, Pool(url, 1))) as service:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(service)),
            base_url=account.service.url,
            cookies={SESSION: session_of(account, "admin")},
        ) as client:
            yield client
