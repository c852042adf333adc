"""google.protobuf.Any: a message that says of what type it is."""

from collections.abc import Callable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from gateway.messages.reading import Errors, Read, under
from gateway.messages.well_known import is_value
from gateway.problems import FieldError

TYPE = "@type"
_TYPE_FORM = "must name a type, such as type.googleapis.com/google.protobuf.Duration"


def reading(of: Callable[[Descriptor], Read], pool: DescriptorPool) -> Read:
    """Of an object with its type; `of` finds the reader of what is in it."""

    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not dict:
            errors.append(FieldError(prefix, f"must be an object with its {TYPE}"))
            return
        if not value:
            return
        url = value.get(TYPE)
        kind = _type_of(pool, url) if type(url) is str else None
        if kind is None:
            errors.append(FieldError(under(prefix, TYPE), _TYPE_FORM))
            return
        inner = message_factory.GetMessageClass(kind)()
        before = len(errors)
        rest: Any = {key: item for key, item in value.items() if key != TYPE}
        if is_value(kind):
            rest = _only_value(rest, prefix, errors)
            prefix = under(prefix, "value")
        if len(errors) == before:
            of(kind)(inner, rest, prefix, errors)
        if len(errors) == before:
            message.type_url, message.value = url, _packed(inner, prefix, errors)

    return read


def writer(
    of: Callable[[Descriptor], Callable[[Any], Any]], pool: DescriptorPool
) -> Callable[[Any], Any]:
    """Writes a message with its type; `of` finds the writer of what is in it."""

    def write(message: Any) -> Any:
        if not message.type_url and not message.value:
            return {}
        kind = _type_of(pool, message.type_url)
        if kind is None:
            # Only its own JSON could be written, and nobody here knows that.
            return {TYPE: message.type_url}
        inner = message_factory.GetMessageClass(kind).FromString(message.value)
        written = of(kind)(inner)
        if is_value(kind):
            return {TYPE: message.type_url, "value": written}
        return {TYPE: message.type_url, **written}

    return write


def _type_of(pool: DescriptorPool, url: str) -> Descriptor | None:
    """None for what is not the address of a type that we know."""
    _, slash, name = url.rpartition("/")
    try:
        return pool.FindMessageTypeByName(name) if slash else None
    except (KeyError, ValueError):
        return None


def _only_value(rest: dict[str, Any], prefix: str, errors: Errors) -> Any:
    if "value" not in rest:
        errors.append(FieldError(under(prefix, "value"), "must be there"))
    errors += [
        FieldError(under(prefix, key), "is not a field here")
        for key in rest
        if key != "value"
    ]
    return rest.get("value")


def _packed(inner: Any, prefix: str, errors: Errors) -> bytes:
    """What nobody could unpack is not packed."""
    raw = bytes(inner.SerializeToString(deterministic=True))
    try:
        type(inner).FromString(raw)
    except DecodeError:
        errors.append(FieldError(prefix, "is nested too deeply"))
    return raw
