"""The parts of composites, as the contract declares them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)

from gateway.cache import Rule as CacheRule
from gateway.calls import Call
from gateway.identity import Caller
from gateway.policy import Scope, mask_of
from gateway.rules import ContractWrong, path_of
from medianest.api.v1 import composite_pb2

_LENGTH_DELIMITED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a composite's answer, ready to be asked for."""

    name: str
    """As in JSON."""
    number: int
    call: Call
    read: Callable[[bytes], Any]
    """Wire bytes → message. Raises DecodeError."""
    request: bytes
    permission_mask: int
    """Beyond what the method asks. 0: nothing."""
    rule: CacheRule

    @property
    def is_kept(self) -> bool:
        return self.call.policy.scope is not Scope.NOBODY

    def is_for(self, caller: Caller | None) -> bool:
        policy = self.call.policy
        if caller is None:
            return policy.is_public and not self.permission_mask
        held = caller.permissions
        is_shown = not self.permission_mask or bool(held & self.permission_mask)
        return is_shown and policy.permits(held)


def is_composite(method: MethodDescriptor) -> bool:
    return any(_has_part(field) for field in method.output_type.fields)


class Parts:
    """Finds the methods that composites name."""

    def __init__(
        self,
        offered: Iterable[ServiceDescriptor],
        call: Callable[[MethodDescriptor], Call],
    ) -> None:
        self._call = call
        self._methods = {
            path_of(method): method
            for service in offered
            for method in service.methods
            if not is_composite(method) and not method.server_streaming
        }

    def of(self, answered: Descriptor) -> tuple[Part, ...]:
        """Raises ContractWrong for a part that could never be told."""
        return tuple(
            self._part(field) for field in answered.fields if not _is_warnings(field)
        )

    def _part(self, field: FieldDescriptor) -> Part:
        name = field.full_name
        if not _has_part(field):
            raise ContractWrong(f"{name}: no method is named that fills it")
        declared = field.GetOptions().Extensions[composite_pb2.part]
        method = self._methods.get(declared.method)
        if method is None:
            raise ContractWrong(f"{name}: there is no {declared.method} to ask")
        is_one = not field.is_repeated and not _is_choice(field)
        if not is_one or field.message_type is not method.output_type:
            answered = method.output_type.full_name
            raise ContractWrong(f"{name}: it must be one {answered}")
        call = self._call(method)
        policy = call.policy
        return Part(
            field.json_name,
            field.number,
            call,
            message_factory.GetMessageClass(method.output_type).FromString,
            _request(name, method, declared.request),
            mask_of(declared.permission),
            CacheRule(
                call.service,
                policy.max_age_s,
                policy.tags,
                policy.stale_s,
                policy.path,
            ),
        )


def warnings_of(answered: Descriptor) -> FieldDescriptor:
    """Where it is said what is missing. Raises ContractWrong."""
    found = [field for field in answered.fields if _is_warnings(field)]
    if len(found) != 1:
        raise ContractWrong(f"{answered.full_name} must have one repeated Warning")
    return found[0]


def on_wire(number: int, message: bytes) -> bytes:
    """A message as a field of another: protobuf lets us put answers together without
    reading them."""
    return b"%b%b%b" % (
        _varint(number << 3 | _LENGTH_DELIMITED),
        _varint(len(message)),
        message,
    )


def _varint(value: int) -> bytes:
    pieces = bytearray()
    while value > 0x7F:  # noqa: PLR2004
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)


def _request(name: str, method: MethodDescriptor, text: str) -> bytes:
    kind = message_factory.GetMessageClass(method.input_type)
    try:
        return json_format.Parse(text or "{}", kind()).SerializeToString()
    except json_format.ParseError as exc:
        raise ContractWrong(f"{name}: its request is wrong: {exc}") from exc


def _has_part(field: FieldDescriptor) -> bool:
    return bool(field.GetOptions().HasExtension(composite_pb2.part))


def _is_warnings(field: FieldDescriptor) -> bool:
    told = composite_pb2.Warning.DESCRIPTOR.full_name
    kind = field.message_type
    return field.is_repeated and kind is not None and kind.full_name == told


def _is_choice(field: FieldDescriptor) -> bool:
    oneof = field.containing_oneof
    return oneof is not None and len(oneof.fields) > 1
