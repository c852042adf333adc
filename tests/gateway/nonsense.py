"""Requests that nobody should send, each made from a seed alone."""

import json
import random
from collections.abc import Callable
from typing import Any

from gateway import rules
from gateway.paths.templates import ONE, REST
from tests.gateway import contract

Make = Callable[[random.Random], bytes]

RULES = list(rules.rules([*rules.services(), contract.conformance()]))
_FIELDS = [
    name
    for field in contract.descriptor("Everything").fields
    for name in (field.name, field.json_name)
]
_NUMBERS = [0, -1, 1.5, -0.0, 1e300, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400]
_TEXTS = [
    *("", "a", "NaN", "Infinity", "1e999", "-0", "\0", "\ud800", "💥", "é" * 300),
    *("2030-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-23:59", "-1.5s", "a,b"),
    *("AA==", "_-8", "RED", "type.googleapis.com/google.protobuf.Any", "../../etc"),
    *("x/conformance.v1.Everything", "x/google.protobuf.Value", "{{7*7}}", "' OR 1"),
]
_SEGMENTS = [
    *("a", "1", "true", "RED", "..", ".", "%2e%2e", "%2F", "a%2Fb", "%", "%zz", "%00"),
    *("%ff", "%c3%28", "", "a:b", ":", "a:verb", "*", "**", "{x}", "%7B", "~", "a;b=c"),
    *("+", "%2B", "é".encode().decode("latin-1"), "..%2f..%2fetc%2fpasswd", "a" * 3000),
]
_TYPES = [
    *("application/json", "application/json; charset=utf-8", "application/JSON;x=y"),
    *("application/json; charset=utf-16", "text/plain", "multipart/form-data", "", ";"),
    *("application/x-www-form-urlencoded", "application/grpc", "application/json, a/b"),
]
_HEADERS = [
    *("Authorization", "Cookie", "X-Api-Key", "X-Request-Id", "Accept", "Origin"),
    *("Accept-Encoding", "If-None-Match", "Idempotency-Key", "Content-Encoding", "TE"),
    *("X-Request-Timeout", "Grpc-Timeout", "Range", "X-Forwarded-For", "Expect"),
    *("X-HTTP-Method-Override", "Cache-Control", "Upgrade", "Sec-Fetch-Site", "Via"),
]
_VALUES = [
    *(
        "",
        "a",
        "\x80\xff",
        "bytes=0-",
        "*",
        "gzip;q=9",
        "br, gzip, *;q=0",
        'W/"x"',
        ",",
    ),
    *(
        "1e9",
        "-1",
        "0",
        "99999999999999999999S",
        "1n",
        "chunked",
        "100-continue",
        "h2c",
    ),
    *("Bearer ", "Bearer \xff", "medianest_session=%00; a", "a=b; =; ;;", "x" * 5000),
    *("DELETE", "HEAD", "null", "application/json;q=0", "text/event-stream"),
]


def request(
    method: str, target: str, body: bytes = b"", headers: str = "", declared: str = ""
) -> bytes:
    kind = declared or "application/json"
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: nest\r\nConnection: close\r\n"
        f"Authorization: Bearer nobody-s\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode("latin-1", "replace") + body


def value(chance: random.Random, depth: int = 4) -> Any:
    """JSON of any form, its keys often those of fields."""
    form = chance.randrange(8 if depth else 5)
    if form == 0:
        return chance.choice([None, True, False])
    if form == 1:
        return chance.choice(_NUMBERS)
    if form < 5:
        return chance.choice(_TEXTS)
    if form == 5:
        return [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    keys = chance.choices([*_FIELDS, "@type", "value", "seconds", "1"], k=4)
    return {key: value(chance, depth - 1) for key in keys}


def fields(chance: random.Random) -> bytes:
    keys = chance.sample(_FIELDS, chance.randrange(1, 6))
    return json.dumps({key: value(chance) for key in keys}).encode()


def target(chance: random.Random) -> tuple[str, str]:
    """A method and a path of the contract, with something else for its variables."""
    rule = chance.choice(RULES)
    segments = [
        chance.choice(_SEGMENTS) if each in {ONE, REST} else each
        for each in rule.template.segments
    ]
    if chance.random() < 0.2:
        segments.insert(chance.randrange(len(segments) + 1), chance.choice(_SEGMENTS))
    verb = f":{rule.template.verb}" if rule.template.verb else ""
    return rule.verb, "/" + "/".join(segments) + verb


def query(chance: random.Random) -> str:
    names = [*_FIELDS, "labels[a]", "inner.text", "everything.everything.text", "", "%"]
    names += ["everything." * 150 + "text", "struct", "value", "any", "x", "labels["]
    values = [*_TEXTS, *map(str, _NUMBERS), "%ff", "%00", "%", "[[[[", '{"a":{"a":1}}']
    pairs = [
        f"{chance.choice(names)}={chance.choice(values)}"
        for _ in range(chance.randrange(1, 5))
    ]
    text = "&".join(pairs).replace(" ", "%20").replace("\0", "%00")
    return text.encode("utf-8", "replace").decode("latin-1")


def _bytes(chance: random.Random) -> bytes:
    begun = chance.choice(
        [b"", b"GET ", b"POST /v1/everything HTTP/1.1\r\nHost: a\r\n"]
    )
    return begun + chance.randbytes(chance.randrange(1, 400)) + b"\r\n\r\n"


def _mutated(chance: random.Random) -> bytes:
    """A good request with some of its bytes changed, doubled or gone."""
    sent = bytearray(request("POST", "/v1/everything?x=1", b'{"text": "a"}'))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(sent))
        form = chance.randrange(3)
        if form == 0:
            sent[at] = chance.randrange(256)
        elif form == 1:
            del sent[at : at + chance.randrange(1, 9)]
        else:
            sent[at:at] = sent[at : at + chance.randrange(1, 40)]
    return bytes(sent) or b"\r\n\r\n"


def _path(chance: random.Random) -> bytes:
    method, path = target(chance)
    return request(method, path)


def _query(chance: random.Random) -> bytes:
    return request("GET", f"/v1/everything?{query(chance)}")


def _body(chance: random.Random) -> bytes:
    method, path = chance.choice(
        [
            ("POST", "/v1/everything"),
            ("PATCH", "/v1/everything/a"),
            ("PUT", "/v1/everything/a"),
            ("POST", "/v1/texts"),
        ]
    )
    return request(method, path, fields(chance))


def _text(chance: random.Random) -> bytes:
    """JSON with some of its bytes changed."""
    body = bytearray(fields(chance))
    for _ in range(chance.randrange(1, 5)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return request("POST", "/v1/everything", bytes(body))


def _deep(chance: random.Random) -> bytes:
    opened, closed = chance.choice(
        [
            (b'{"everything":', b"}"),
            (b'{"struct":{"a":', b"}}"),
            (b"[", b"]"),
            (b'{"any":{"@type":"x/google.protobuf.Any","value":', b"}}"),
            (b'{"inners":[', b"]}"),
            (b'{"value":', b"}"),
        ]
    )
    times = chance.choice([10, 33, 34, 50, 99, 101, 200, 254, 300, 990, 5000])
    middle = chance.choice([b"1", b"{}", b"[]", b"null", b""])
    body = opened * times + middle + closed * times
    return request("POST", "/v1/everything", b'{"everything":' + body + b"}")


def _headers(chance: random.Random) -> bytes:
    names = chance.choices(_HEADERS, k=chance.randrange(1, 5))
    lines = "".join(f"{name}: {chance.choice(_VALUES)}\r\n" for name in names)
    method, path = chance.choice(
        [("GET", "/v1/everything"), ("POST", "/v1/everything")]
    )
    body = b"{}" if method == "POST" else b""
    return request(method, path, body, lines, chance.choice(_TYPES) or " ")


def _large(chance: random.Random) -> bytes:
    form = chance.randrange(4)
    if form == 0:
        return request(
            "GET", "/v1/everything?text=" + "a" * chance.randrange(7000, 20_000)
        )
    if form == 1:
        return request("GET", "/", headers="X: " + "a" * 40_000 + "\r\n")
    if form == 2:
        return request("GET", "/", headers="X: a\r\n" * chance.randrange(80, 300))
    body = b'{"text":"' + b"a" * chance.randrange(8_300_000, 8_500_000) + b'"}'
    return request("POST", "/v1/everything", body)


# What is no HTTP may be the beginning of a request that never ends, and so stay
# without an answer.
MAKERS: dict[str, Make] = {
    "bytes": _bytes,
    "mutated requests": _mutated,
    "paths": _path,
    "queries": _query,
    "JSON bodies": _body,
    "broken JSON": _text,
    "deep JSON": _deep,
    "headers": _headers,
    "large": _large,
}
MAY_BE_UNFINISHED = {"bytes", "mutated requests", "headers", "large"}
