"""A service in little: it can migrate, and says over gRPC that it is well.

Told by its environment to fail: MEDIANEST_X_MIGRATE_STATUS, MEDIANEST_X_EXIT_STATUS.
"""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def main(name: str) -> None:
    prefix = f"MEDIANEST_{name.upper()}_"
    if sys.argv[1:2] == ["migrate"]:
        status = int(os.environ.get(f"{prefix}MIGRATE_STATUS", "0"))
        print("a newer MediaNest was here" if status == 3 else "up to date")
        sys.exit(status)
    if status := int(os.environ.get(f"{prefix}EXIT_STATUS", "0")):
        print("I do not feel well")
        sys.exit(status)
    _serve(os.environ[f"{prefix}GRPC_ADDRESS"])


def _serve(address: str) -> None:
    server = grpc.server(ThreadPoolExecutor(1), options=(("grpc.so_reuseport", 0),))
    vitals = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(vitals, server)
    server.add_insecure_port(address)
    server.start()
    vitals.set("", health_pb2.HealthCheckResponse.SERVING)

    def leave(number: int, frame: FrameType | None) -> None:
        print("goodbye")
        server.stop(None)

    signal.signal(signal.SIGTERM, leave)
    server.wait_for_termination()
