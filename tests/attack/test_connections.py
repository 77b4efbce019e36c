"""Connections that send too much, too slowly, too many at once, or no HTTP at all."""

import json
import resource
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from infrastructure.web.connections import LARGEST_HEAD, MOST_OPEN
from tests.attack.raw import answer, connected, connections_of, seconds_of, sent
from tests.web.service import Service

BEGUN = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-some: "


def status_and_type(said: bytes) -> tuple[int, str]:
    """What an answer of the server itself says."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    document = json.loads(body)
    return document["status"], document["type"]


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let the test open more connections than a service takes."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_header_of_64_megabytes_is_not_taken(service: Service) -> None:
    began = seconds_of(service)
    with connected(service) as connection:
        connection.sendall(BEGUN)
        went = sent(connection, b"a" * (1 << 16), most=64 << 20)
        said = answer(connection)
    assert went < 16 << 20  # what the buffers of both sides hold
    assert not said or status_and_type(said) == (431, "/problems/head-too-large")
    assert seconds_of(service) - began < 0.2


def test_a_complete_head_that_is_too_large_is_answered(service: Service) -> None:
    large = httpx.get(f"{service.url}/healthz", headers={"x-some": "a" * LARGEST_HEAD})
    assert (large.status_code, large.json()["type"]) == (431, "/problems/head-too-large")
    many = {f"x-{number}": "a" for number in range(LARGEST_HEAD // 4)}
    assert httpx.get(f"{service.url}/healthz", headers=many).status_code == 431
    just = {"x-some": "a" * (LARGEST_HEAD - 1_000)}
    assert httpx.get(f"{service.url}/healthz", headers=just).status_code == 200


@pytest.mark.usefixtures("many_files")
def test_half_sent_heads_do_not_keep_others_out(service: Service) -> None:
    began = seconds_of(service)
    with ExitStack() as opened:
        for _ in range(MOST_OPEN + 100):
            connection = opened.enter_context(connected(service))
            connection.sendall(BEGUN)
        assert httpx.get(f"{service.url}/healthz").status_code == 200
        assert connections_of(service) <= MOST_OPEN + 10
    assert seconds_of(service) - began < 2


def test_a_head_that_does_not_arrive_in_time_ends_the_connection(impatient: Service) -> None:
    with connected(impatient) as never_begun, connected(impatient) as begun:
        begun.sendall(BEGUN)
        assert status_and_type(answer(begun)) == (408, "/problems/too-slow")
        assert status_and_type(answer(never_begun)) == (408, "/problems/too-slow")


def test_a_head_that_comes_byte_by_byte_has_no_more_time(impatient: Service) -> None:
    with connected(impatient) as connection:
        connection.sendall(BEGUN)
        connection.settimeout(0.05)
        said = b""
        for _ in range(100):
            try:
                said += connection.recv(1 << 16)
                break
            except TimeoutError:
                connection.sendall(b"a")
        assert said.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_waits_for_its_next_request_is_kept(impatient: Service) -> None:
    with httpx.Client(base_url=impatient.url) as client:
        assert client.get("/healthz").status_code == 200
        with connected(impatient) as connection:
            answer(connection)  # so that more time has passed than a head may take
        before = connections_of(impatient)
        assert client.get("/healthz").status_code == 200
        assert connections_of(impatient) == before


def test_what_is_not_http_is_answered_with_a_problem(service: Service) -> None:
    for said in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with connected(service) as connection:
            connection.sendall(said)
            assert status_and_type(answer(connection)) == (400, "/problems/malformed")
