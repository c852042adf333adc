"""`python -m kit.health ADDRESS`: ends with 0 when the process there is well.

An address is `host:port` of a service, or a URL of the gateway. For containers, which
are asked from within.
"""

import http.client
import sys
from http import HTTPStatus
from urllib.parse import urlsplit

import grpc
from grpc_health.v1 import health_pb2

_WITHIN_S = 4.0
_CHECK = "/grpc.health.v1.Health/Check"


def is_well(address: str) -> bool:
    """Whether a service says that it serves, or a gateway answers with 200."""
    if "//" in address:
        return _answers(address)
    return _serves(address)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_WITHIN_S)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _serves(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary(
            _CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=_WITHIN_S)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
