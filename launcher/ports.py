"""Which ports are free, and a clear word when one is not."""

import errno
import random
import socket
from collections.abc import Collection
from itertools import islice

from launcher.failures import CannotRun

# Below the range from which the kernel serves outgoing connections, so that none
# of these can take the port between the choice and its use.
_CHOICES = range(20_000, 32_000)
_LAST = 65_535
_TRIES = 200


def choose(
    first: int, count: int, host: str = "127.0.0.1", but: Collection[int] = ()
) -> list[int]:
    """`count` ports: `first` and those behind it, or any free ones when it is 0, none
    of them in `but`. Those that were asked for are not looked at here. Raises
    CannotRun when there are not so many."""
    if first:
        last = first + count - 1
        if last > _LAST:
            raise CannotRun(
                f"ports {first} to {last} are wanted, and {_LAST} is the last there is:"
                " choose a lower one to begin with"
            )
        return list(range(first, last + 1))
    choices = [port for port in _CHOICES if port not in but]
    random.SystemRandom().shuffle(choices)
    free = (port for port in choices[:_TRIES] if _trouble(host, port) is None)
    found = list(islice(free, count))
    if len(found) < count:
        raise CannotRun(f"no free port was found on {host}")
    return found


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
