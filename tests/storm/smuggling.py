"""Requests of which two readers could disagree where they end. Behind each stands
another one: whoever answers that was led astray."""

LEFTOVER = b"GET /health HTTP/1.1\r\nHost: nest\r\nX-Request-Id: smuggled\r\n\r\n"
_HOST = b"Host: nest\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_END = b"0\r\n\r\n"


def _post(*lines: bytes, body: bytes = b"") -> bytes:
    return b"POST /v1/everything HTTP/1.1\r\n" + b"".join(lines) + b"\r\n" + body


def _get(*lines: bytes, target: bytes = b"/health") -> bytes:
    return b"GET %b HTTP/1.1\r\n" % target + b"".join(lines) + b"\r\n"


REFUSED: dict[str, bytes] = {
    "length and chunks": _post(_HOST, b"Content-Length: 5\r\n", _CHUNKED, body=_END),
    "chunks and length": _post(_HOST, _CHUNKED, b"Content-Length: 5\r\n", body=_END),
    "two lengths": _post(
        _HOST, b"Content-Length: 2\r\n", b"Content-Length: 30\r\n", body=b"{}"
    ),
    "the same length twice": _post(_HOST, b"Content-Length: 2\r\n" * 2, body=b"{}"),
    "a list of lengths": _post(_HOST, b"Content-Length: 2, 2\r\n", body=b"{}"),
    "a length with a plus": _post(_HOST, b"Content-Length: +2\r\n", body=b"{}"),
    "a length in hex": _post(_HOST, b"Content-Length: 0x2\r\n", body=b"{}"),
    "a length with a line": _post(_HOST, b"Content-Length: 0_2\r\n", body=b"{}"),
    "a length over 2^64": _post(_HOST, b"Content-Length: 18446744073709551618\r\n"),
    "a length of nothing": _post(_HOST, b"Content-Length: \r\n", body=b"{}"),
    "xchunked": _post(_HOST, b"Transfer-Encoding: xchunked\r\n", body=_END),
    "chunked twice": _post(
        _HOST, b"Transfer-Encoding: chunked, chunked\r\n", body=_END
    ),
    "two codings": _post(_HOST, _CHUNKED, _CHUNKED, body=_END),
    "chunked and more": _post(_HOST, b"Transfer-Encoding: chunked;q=1\r\n", body=_END),
    "chunked, identity": _post(
        _HOST, b"Transfer-Encoding: chunked, identity\r\n", body=_END
    ),
    "quoted": _post(_HOST, b'Transfer-Encoding: "chunked"\r\n', body=_END),
    "a folded coding": _post(_HOST, b"Transfer-Encoding:\r\n chunked\r\n", body=_END),
    "a folded length": _post(_HOST, b"Content-Length:\r\n 2\r\n", body=b"{}"),
    "a vertical tab": _post(_HOST, b"Transfer-Encoding: \x0bchunked\r\n", body=_END),
    "a blank before the colon": _post(
        _HOST, b"Transfer-Encoding : chunked\r\n", body=_END
    ),
    "a blank before the name": _post(
        _HOST, b" Transfer-Encoding: chunked\r\n", body=_END
    ),
    "a bare line feed": _post(_HOST, b"Transfer-Encoding: chunked\n", body=_END),
    "a bare return": _post(_HOST, b"X: a\rTransfer-Encoding: chunked\r\n", body=_END),
    "a NUL in a name": _post(_HOST, b"Content-\0Length: 2\r\n", body=b"{}"),
    "a NUL in a value": _post(_HOST, b"X: a\0b\r\n"),
    "a chunk over 2^64": _post(_HOST, _CHUNKED, body=b"10000000000000002\r\n{}\r\n"),
    "a chunk of -1": _post(_HOST, _CHUNKED, body=b"-1\r\n{}\r\n"),
    "a chunk of 0x2": _post(_HOST, _CHUNKED, body=b"0x2\r\n{}\r\n" + _END),
    "a chunk without size": _post(_HOST, _CHUNKED, body=b"\r\n{}\r\n" + _END),
    "a chunk that is longer": _post(_HOST, _CHUNKED, body=b"1\r\n{}\r\n" + _END),
    "a chunk with a line feed": _post(_HOST, _CHUNKED, body=b"2\n{}\n0\n\n"),
    "an extension with a line feed": _post(_HOST, _CHUNKED, body=b"2;a\n{}\r\n" + _END),
    "no host": _get(),
    "two hosts": _get(_HOST, b"Host: other\r\n"),
    "a host with a path": _get(b"Host: nest/other\r\n"),
    "CONNECT": b"CONNECT nest:80 HTTP/1.1\r\nHost: nest\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "chunks of HTTP/1.0": b"POST /v1/everything HTTP/1.0\r\n"
    + _CHUNKED
    + b"\r\n"
    + _END,
    "two versions": b"GET /health HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
}
"""Each is refused, and its connection ends."""

READ: dict[str, bytes] = {
    "absolute form": _get(_HOST, target=b"http://elsewhere/health"),
    "a chunk with leading zeros": _post(
        _HOST,
        b"Content-Type: application/json\r\n",
        _CHUNKED,
        body=b"0000002\r\n{}\r\n" + _END,
    ),
    "a chunk with an extension": _post(
        _HOST,
        b"Content-Type: application/json\r\n",
        _CHUNKED,
        body=b"2;a=" + b"b" * 9000 + b"\r\n{}\r\n" + _END,
    ),
    "small and large letters": _post(
        _HOST,
        b"Content-Type: application/json\r\n",
        b"tRANSFER-eNCODING: Chunked\r\n",
        body=b"2\r\n{}\r\n" + _END,
    ),
    "a body of GET": _get(_HOST, b"Content-Length: 14\r\n") + b"GET / HTTP/1.1",
}
"""Each is one whole request, and what stands behind it is the next."""
