"""The same list as people write it: FastAPI, json_format, grpc.aio, and nothing that
asks who is there or how often: `python -m tests.bench.baseline.app PORT SERVICE`.

At `/v1/requests` the handler names no type for what it returns, as most do, and
FastAPI walks it; at `/typed/requests` it does, and pydantic writes the JSON.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from google.protobuf.json_format import MessageToDict
from grpc import aio

from medianest.media.v1 import requests_pb2, requests_pb2_grpc


def build(service: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with aio.insecure_channel(service) as channel:
            app.state.requests = requests_pb2_grpc.RequestsServiceStub(channel)
            yield

    app = FastAPI(lifespan=lifespan)

    async def ask(page_size: int, page_token: str, state: str) -> Any:
        asked = requests_pb2.ListMediaRequestsRequest(
            page_size=page_size, page_token=page_token, state=state
        )
        try:
            answer = await app.state.requests.ListMediaRequests(asked, timeout=5)
        except aio.AioRpcError as exc:
            raise HTTPException(502, exc.details()) from exc
        return MessageToDict(answer)

    @app.get("/v1/requests")
    async def list_requests(
        page_size: int = 20, page_token: str = "", state: str = "STATE_ANY"
    ):
        return await ask(page_size, page_token, state)

    @app.get("/typed/requests")
    async def list_typed(
        page_size: int = 20, page_token: str = "", state: str = "STATE_ANY"
    ) -> dict[str, Any]:
        answer: dict[str, Any] = await ask(page_size, page_token, state)
        return answer

    return app


if __name__ == "__main__":
    port, service = sys.argv[1:]
    uvicorn.run(
        build(service), host="127.0.0.1", port=int(port), log_level="error", workers=1
    )
