"""Radarrs and Sonarrs, as the contract has them."""

from medianest.media.v1 import fulfillers_pb2 as pb
from services.media.domain.fulfilling.choosing import Offered
from services.media.domain.fulfilling.fulfiller import FulfillerKind, Options
from services.media.domain.fulfilling.setup import Setup
from services.media.domain.requests.choices import Choices
from services.media.rpc.sources import timestamp

KIND_TO_WIRE = {
    FulfillerKind.RADARR: pb.Fulfiller.RADARR,
    FulfillerKind.SONARR: pb.Fulfiller.SONARR,
}
KIND_FROM_WIRE = {wire: kind for kind, wire in KIND_TO_WIRE.items()}


def setup_to_wire(setup: Setup) -> pb.Fulfiller:
    return pb.Fulfiller(
        id=str(setup.id),
        name=setup.name,
        kind=KIND_TO_WIRE[setup.kind],
        address=setup.address,
        is_4k=setup.is_4k,
        is_default=setup.is_default,
        is_anime=setup.is_anime,
        is_enabled=setup.is_enabled,
        defaults=defaults_to_wire(setup.standard),
        anime_defaults=defaults_to_wire(setup.anime),
        created_at=timestamp(setup.created_at),
        version=setup.version,
    )


def defaults_to_wire(choices: Choices) -> pb.FulfillerDefaults:
    return pb.FulfillerDefaults(
        profile_id=choices.profile_id, folder=choices.folder, tags=choices.tags
    )


def defaults_from_wire(wire: pb.FulfillerDefaults) -> Choices:
    return Choices(None, wire.profile_id, wire.folder, tuple(wire.tags))


def options_to_wire(options: Options, warning: str = "") -> pb.FulfillerOptions:
    return pb.FulfillerOptions(
        server_version=options.version,
        profiles=(
            pb.QualityProfile(id=each.id, name=each.name) for each in options.profiles
        ),
        folders=(
            pb.RootFolder(path=each.path, free_bytes=each.free_bytes or 0)
            for each in options.folders
        ),
        tags=options.tags,
        warning=warning,
    )


def choice_to_wire(setup: Setup, offered: Offered) -> pb.FulfillerChoice:
    told = None if offered.options is None else options_to_wire(offered.options)
    return pb.FulfillerChoice(
        fulfiller_id=str(setup.id),
        name=setup.name,
        kind=KIND_TO_WIRE[setup.kind],
        is_4k=setup.is_4k,
        is_default=setup.is_default,
        is_anime=setup.is_anime,
        defaults=defaults_to_wire(setup.standard),
        anime_defaults=defaults_to_wire(setup.anime),
        options=told,
        warning=offered.warning,
    )
