"""A line on which pages arrive in many parts, between a browser and the service."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PARTS = 60
PAUSE = 0.02
"""Seconds between two parts of a page: the browser shows what it has in them."""
KEPT = ("content-type", "content-security-policy")


@contextmanager
def slow_line(url: str) -> Iterator[str]:
    """The address at which the service at `url` answers slowly."""

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = httpx.get(url + self.path, headers={"Cookie": self.headers["Cookie"] or ""})
            self.send_response(answer.status_code)
            for name in KEPT:
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            is_page = answer.headers["content-type"].startswith("text/html")
            size = -(-len(answer.content) // (PARTS if is_page else 1))
            for start in range(0, len(answer.content), size):
                self.wfile.write(answer.content[start : start + size])
                self.wfile.flush()
                time.sleep(PAUSE if is_page else 0)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{relay.server_port}"
        relay.shutdown()
