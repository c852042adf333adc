"""The least that an answer costs: the gateway's own server, one call of grpc.aio, and a
JSON that was there before. Nobody is asked who they are, and nothing is read or
written: `python -m tests.bench.baseline.bare PORT SERVICE`."""

import sys
from typing import Any

import uvicorn
from grpc import aio

from gateway.encode import Encoder, Writers
from gateway.http.protocol import Connection
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


if __name__ == "__main__":
    port, service = sys.argv[1:]
    uvicorn.run(
        Bare(service),
        host="127.0.0.1",
        port=int(port),
        http=Connection,
        lifespan="off",
        log_level="error",
        proxy_headers=False,
        server_header=False,
    )
