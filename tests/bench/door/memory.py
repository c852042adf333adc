"""A service that answers from memory: `python -m tests.bench.door.memory ADDRESS`.

Auth and media in one process, with nothing before the handlers: what is measured is
what stands in front of it.
"""

import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import uvloop
from grpc import aio

from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import sessions_pb2, sessions_pb2_grpc
from medianest.media.v1 import requests_pb2, requests_pb2_grpc
from tests.bench.example import a_list

SAME, OTHER, NEW = "APPROVED", "PENDING", "DECLINED"
"""States to ask for: always the same bytes; the same items in another answer each time;
or items that never were before."""

Context = aio.ServicerContext[Any, Any]


class Sessions(sessions_pb2_grpc.SessionsServiceServicer):
    async def ExchangeToken(
        self, request: sessions_pb2.ExchangeTokenRequest, _: Context
    ) -> sessions_pb2.ExchangeTokenResponse:
        answer = sessions_pb2.ExchangeTokenResponse(
            caller=f"signed:{request.token}",
            user_id=request.token,
            session_id=request.token,
            permissions=1 << permissions_pb2.REQUEST_VIEW,
        )
        answer.expires_at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
        return answer


class Requests(requests_pb2_grpc.RequestsServiceServicer):
    def __init__(self) -> None:
        self._same = a_list()
        self._other = a_list()
        self._new = a_list()
        self._number = count()

    async def ListMediaRequests(
        self, request: requests_pb2.ListMediaRequestsRequest, _: Context
    ) -> requests_pb2.ListMediaRequestsResponse:
        state = requests_pb2.MediaRequest.State.Name(request.state)
        if state == NEW:
            number = next(self._number)
            for each in self._new.requests:
                each.title.vote_count = number
            return self._new
        if state == OTHER:
            self._other.next_page_token = f"{next(self._number):09d}"
            return self._other
        return self._same


async def main(address: str) -> None:
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    sessions_pb2_grpc.add_SessionsServiceServicer_to_server(Sessions(), server)
    requests_pb2_grpc.add_RequestsServiceServicer_to_server(Requests(), server)
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
