"""Choices in the words of the contract."""

from uuid import UUID

from kit.errors import Invalid
from medianest.media.v1 import choices_pb2
from services.media.domain.requests.choices import Choices


def choices_to_wire(choices: Choices) -> choices_pb2.Choices:
    return choices_pb2.Choices(
        fulfiller_id=str(choices.fulfiller_id or ""),
        profile_id=choices.profile_id,
        folder=choices.folder,
        tags=choices.tags,
    )


def choices_from_wire(wire: choices_pb2.Choices, field: str) -> Choices:
    """Raises Invalid for what is no id; `field` is what the caller calls them."""
    return Choices(
        _fulfiller_id(wire.fulfiller_id, f"{field}.fulfiller_id"),
        wire.profile_id,
        wire.folder,
        tuple(wire.tags),
    )


def _fulfiller_id(text: str, field: str) -> UUID | None:
    if not text:
        return None
    try:
        found = UUID(text)
    except ValueError:
        found = None
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    if found is None or str(found) != text.lower():
        raise Invalid("fulfiller_id is the id of a Radarr or Sonarr.", field=field)
    return found
