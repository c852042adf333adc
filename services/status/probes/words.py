"""What went wrong with a connection, in a few words for a person."""

import errno
import os
import socket
import ssl

from services.status.domain.watching import CannotLook, Down
from services.status.probes.addresses import Refused

# Of these the cause is here, and they say nothing of the other side.
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
)
_THEIRS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.ECONNABORTED: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "no answer",
    errno.EHOSTUNREACH: "host unreachable",
    errno.EHOSTDOWN: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
    errno.ENETDOWN: "network unreachable",
}


def failure(exc: BaseException) -> Down | CannotLook:
    """What to raise instead of an error of a socket, of TLS or of a name."""
    if isinstance(exc, Refused):
        return Down("leads to a link-local address, which is refused")
    if isinstance(exc, socket.gaierror):
        return Down("the name has no address")
    if isinstance(exc, ssl.SSLCertVerificationError):
        return Down(f"the certificate is not good: {exc.verify_message}")
    if isinstance(exc, ssl.SSLError):
        return Down("TLS failed")
    if isinstance(exc, OSError) and exc.errno in _OURS:
        return CannotLook(os.strerror(exc.errno))
    number = exc.errno if isinstance(exc, OSError) else None
    return Down(_THEIRS.get(number or 0, "the connection failed"))
