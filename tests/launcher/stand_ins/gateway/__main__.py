"""A gateway in little: ready at once, and in need of an owner."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"needed": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Nothing: the tests read what the launcher says."""


def leave(number: int, frame: FrameType | None) -> None:
    print("goodbye")
    sys.exit(0)


def reload(number: int, frame: FrameType | None) -> None:
    print("heard SIGHUP")


signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGHUP, reload)
host, _, port = os.environ["MEDIANEST_GATEWAY_HTTP_ADDRESS"].rpartition(":")
ThreadingHTTPServer((host, int(port)), Answer).serve_forever()
