"""Headers of the HTTP request behind a call: those that the method's policy names."""

from typing import Any

from grpc import aio

LONGEST = 1024


def sent_key(header: str) -> str:
    """The metadata that a header travels as."""
    return f"x-sent-{header}"


def sent(context: aio.ServicerContext[Any, Any], header: str) -> str:
    """What the client sent; empty when it sent none. Anybody can write it."""
    told = dict(context.invocation_metadata() or ())
    return str(told.get(sent_key(header), ""))
