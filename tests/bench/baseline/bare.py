"""The least that an answer costs: the gateway's own server, one call of grpc.aio, and a
JSON that was there before. Nobody is asked who they are, and nothing is read or
written: `python -m tests.bench.baseline.bare PORT SERVICE`."""

import sys
from typing import Any

import uvloop
from grpc import aio

from gateway.encode import Encoder, Writers
from gateway.http.addresses import Proxies
from gateway.http.bounds import Bounds
from gateway.http.crowd import Crowd
from gateway.http.doors import listen
from gateway.http.server import serve
from kit.rpc.server import leaving_on_signals
from medianest.media.v1.requests_pb2 import (
    ListMediaRequestsRequest,
    ListMediaRequestsResponse,
    MediaRequest,
)
from tests.bench.door.memory import SAME
from tests.bench.example import a_list

_LIST = "/medianest.media.v1.RequestsService/ListMediaRequests"


class Bare:
    def __init__(self, service: str) -> None:
        self._service = service
        self._call: Any = None
        state = MediaRequest.State.Value(SAME)
        self._asked = ListMediaRequestsRequest(state=state).SerializeToString()
        written = Encoder(Writers(), ListMediaRequestsResponse.DESCRIPTOR, "")
        self._body = written.write(a_list())
        length = str(len(self._body)).encode()
        self._headers = [
            (b"content-type", b"application/json"),
            (b"content-length", length),
        ]

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        if self._call is None:
            self._call = aio.insecure_channel(self._service).unary_unary(_LIST)
        await self._call(self._asked, timeout=0.3)
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


async def main(port: str, service: str) -> None:
    crowd = Crowd(Bounds(), Proxies(""))
    with listen(f"127.0.0.1:{port}") as at:
        await serve(Bare(service), at, leaving_on_signals(), 1.0, crowd)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
