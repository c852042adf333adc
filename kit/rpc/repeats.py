"""Reads what makes a create safe to repeat from a call."""

import hashlib
from typing import Any

from google.protobuf.message import Message
from grpc import aio

from kit.caller import Once
from kit.errors import Invalid

IDEMPOTENCY_KEY = "idempotency-key"
_LONGEST_KEY = 255


def once(request: Message, context: aio.ServicerContext[Any, Any]) -> Once:
    """The caller's Idempotency-Key with a digest of the request. Raises Invalid for
    a key that is too long."""
    metadata = dict(context.invocation_metadata() or ())
    key = str(metadata.get(IDEMPOTENCY_KEY, ""))
    if len(key) > _LONGEST_KEY:
        raise Invalid(
            f"Idempotency-Key has at most {_LONGEST_KEY} characters.",
            field="Idempotency-Key",
        )
    text = request.SerializeToString(deterministic=True)
    return Once(
        key, hashlib.sha256(request.DESCRIPTOR.full_name.encode() + text).digest()
    )
