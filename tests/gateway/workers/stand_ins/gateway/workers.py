"""A worker in little: it serves at once, or ends at once when it is told something
wrong."""

import os
import signal
import socket
import sys

if os.environ.get("MEDIANEST_GATEWAY_LIMIT_READ") == "often":
    sys.exit(2)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
leash = socket.socket(fileno=int(sys.argv[2]))
leash.send(b"serving")
while leash.recv(64):
    pass
