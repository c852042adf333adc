"""What is sent by those who wish us ill, or do not know better."""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http import negotiation
from gateway.problems import Problem
from medianest.media.v1 import requests_pb2
from tests.gateway import nonsense
from tests.gateway.contract import everything
from tests.gateway.decoding import decoded
from tests.gateway.fuzz import OURS, fuzz
from tests.gateway.house import House
from tests.gateway.paths import CREATE_REQUEST, GET, POST
from tests.gateway.wire import raw


@pytest.mark.parametrize("seed", [1, 2])
async def test_nonsense_is_answered_in_words(house: House, seed: int) -> None:
    report = await fuzz(house, 120, seed)

    assert report.wrong == []
    assert sum(report.sent.values()) == 120


@pytest.mark.parametrize("kind", nonsense.MAKERS)
def test_nonsense_is_made_from_its_seed_alone(kind: str) -> None:
    make = nonsense.MAKERS[kind]

    assert make(random.Random("7")) == make(random.Random("7"))


def test_nothing_but_a_refusal_comes_out_of_the_decoder() -> None:
    chance = random.Random(9)
    for _ in range(3000):
        method, path = nonsense.target(chance)
        query = nonsense.query(chance) if chance.random() < 0.5 else ""
        body = nonsense.fields(chance) if chance.random() < 0.5 else b""
        found = outcome(f"{method} {path}?{query}", body)
        if isinstance(found, Problem):
            assert found.status in {400, 404, 405}
            assert found.to_json("id")
        else:
            assert type(found).FromString(found.SerializeToString()) is not None


def outcome(request: str, body: bytes) -> Any:
    try:
        return decoded(request, body)
    except Problem as problem:
        return problem


NASTY = [
    "\0",
    "\x1b[31m",
    "'; --",
    "../..",
    "{{7*7}}",
    "\ud7ff",
    "é" * 300,
    "💥",
    "%00",
]


async def test_nasty_values_of_headers_crash_nothing(house: House) -> None:
    house.sign_in("ada")
    house.backend.on(CREATE_REQUEST, requests_pb2.MediaRequest())
    names = ["Authorization", "Cookie", "X-Api-Key", "X-Request-Id", "Accept", "Origin"]
    names += ["Accept-Encoding", "If-None-Match", "Idempotency-Key", "User-Agent"]
    names += ["Content-Type", "X-Request-Timeout", "Range", "X-Forwarded-For", "Host"]
    for name in names:
        for value in NASTY:
            sent = f"{name}: {value}\r\n".encode()
            status, _ = await raw(
                house,
                b"POST /v1/requests HTTP/1.1\r\nX-Api-Key: ada\r\n"
                + (b"" if name == "Host" else b"Host: a\r\n")
                + sent
                + b"\r\n",
            )
            assert status in OURS, (name, value)


async def test_a_request_that_is_never_finished_costs_nothing_but_itself(
    house: House,
) -> None:
    port = int(house.base_url.rpartition(":")[2])
    halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    for _, writer in halves:
        writer.write(b"GET /v1/everything HTTP/1.1\r\nHost:")

    assert (await house.ask("GET", "/health")).status == 200

    for _, writer in halves:
        writer.close()


async def test_a_body_that_breaks_off_is_no_body(house: House) -> None:
    port = int(house.base_url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /v1/everything HTTP/1.1\r\nHost: a\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await house.ask("GET", "/health")).status == 200
    assert house.backend.times(POST) == 0


async def test_the_client_s_own_headers_do_not_become_ours(house: House) -> None:
    house.backend.on(GET, everything())

    told = await house.ask(
        "GET", "/v1/everything", headers={"X-Request-Id": "a\tb", "Origin": "x"}
    )

    assert "\t" not in told.headers["x-request-id"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_no_accept_header_crashes_anything(header: bytes) -> None:
    assert negotiation.encoding_of(header) in {b"", b"br", b"gzip", b"zstd"}
    assert negotiation.accepts(header, b"application/json") in {True, False}
    assert negotiation.has_already(header, b"tag") in {True, False}
    assert negotiation.header_text(header).isascii()
