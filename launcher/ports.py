"""Which ports are free, and a clear word when one is not."""

import errno
import random
import socket

from launcher.failures import CannotRun

# Below the range from which the kernel serves outgoing connections, so that none
# of these can take the port between the choice and its use.
_CHOICES = range(20_000, 32_000)
_TRIES = 200


def choose(first: int, count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` ports: `first` and those behind it, or any free ones when it is 0.
    Those that were asked for are not looked at here."""
    if first:
        return list(range(first, first + count))
    chance = random.SystemRandom()
    found: list[int] = []
    for _ in range(_TRIES):
        if len(found) == count:
            return found
        port = chance.choice(_CHOICES)
        if port not in found and _trouble(host, port) is None:
            found.append(port)
    raise CannotRun(f"no free port was found on {host}")


def ensure_free(host: str, port: int, setting: str) -> None:
    """Raises CannotRun, naming the port and the mend, when nobody can listen there
    now."""
    trouble = _trouble(host, port)
    if trouble is None:
        return
    if trouble.errno == errno.EADDRINUSE:
        raise CannotRun(
            f"port {port} is taken by another program: stop it, or choose another"
            f" with {setting}"
        )
    if trouble.errno in (errno.EACCES, errno.EPERM):
        raise CannotRun(
            f"port {port} may not be used by this user: choose one above 1023 with"
            f" {setting}"
        )
    raise CannotRun(
        f"cannot listen on {host} ({trouble.strerror or trouble}): choose an address"
        " of this machine with MEDIANEST_BIND"
    )


def at(host: str, port: int) -> str:
    """`host:port`, with the brackets that IPv6 needs."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _trouble(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as exc:
            return exc
    return None
