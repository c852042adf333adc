"""Update masks that name fields as a whole, or one by one."""

from collections.abc import Collection, Iterable
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from kit.errors import Invalid


def named_by(
    mask: FieldMask, message: Message, changeable: Collection[str]
) -> list[str]:
    """What a mask names of a message, which is all that may be changed: fields, and
    fields of those that are messages. Raises Invalid."""
    named = list(mask.paths)
    if not named or not all(_is_one(path, message, changeable) for path in named):
        raise Invalid(
            f"update_mask names some of {', '.join(changeable)}.", field="update_mask"
        )
    return named


def take(named: Iterable[str], out_of: Message, into: Message) -> None:
    """Make what is named what it is in the other message, also where that has not set
    it."""
    for path in named:
        whole, _, part = path.partition(".")
        if part:
            _take(part, getattr(out_of, whole), getattr(into, whole))
        else:
            _take(whole, out_of, into)


def _is_one(path: str, message: Message, changeable: Collection[str]) -> bool:
    whole, dot, part = path.partition(".")
    if whole not in changeable or not dot:
        return whole in changeable
    within = message.DESCRIPTOR.fields_by_name[whole].message_type
    return within is not None and part in within.fields_by_name


def _take(name: str, out_of: Message, into: Message) -> None:
    field = out_of.DESCRIPTOR.fields_by_name[name]
    value: Any = getattr(out_of, name)
    into.ClearField(name)
    if field.is_repeated:
        getattr(into, name).extend(value)
    elif field.message_type:
        getattr(into, name).CopyFrom(value)
    elif not field.has_presence or out_of.HasField(name):
        setattr(into, name, value)
