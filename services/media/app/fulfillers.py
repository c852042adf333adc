"""Radarrs and Sonarrs: how they are set up, and who asks them."""

from kit.cache import Cache
from medianest.media.v1 import fulfillers_pb2, fulfillers_pb2_grpc
from services.media.app.part import Ground, Part, served
from services.media.clients.arr.opening import ArrClients
from services.media.clients.arr.remembered import RememberedOptions
from services.media.domain.fulfilling.appointed import Appointed
from services.media.domain.fulfilling.choosing import Choosing
from services.media.domain.fulfilling.fulfillers import Fulfillers
from services.media.domain.fulfilling.setup import SettingUp
from services.media.rpc.fulfillers import FulfillersHandlers
from services.media.store.fulfillers import PostgresFulfillers


def fulfillers(ground: Ground) -> Part:
    service = ground.service
    setups = setups_of(ground)
    clients = ArrClients(service.clock)
    # Without Redis: what is remembered is of one version of a setup.
    cache = Cache("fulfillers", None, clock=service.clock, entries=1000)
    memory = RememberedOptions(cache, service.clock)
    handlers = FulfillersHandlers(
        SettingUp(setups, service.clock),
        setups,
        Choosing(setups, clients.open, memory),
        service.pages,
    )
    return Part(
        [
            served(
                fulfillers_pb2,
                "FulfillersService",
                fulfillers_pb2_grpc.add_FulfillersServiceServicer_to_server,
                handlers,
            )
        ],
        {"fulfiller_options": cache.run},
    )


def fulfillers_of(ground: Ground) -> Fulfillers:
    """Who gets what is requested."""
    return Appointed(setups_of(ground), ArrClients(ground.service.clock).open)


def setups_of(ground: Ground) -> PostgresFulfillers:
    service = ground.service
    return PostgresFulfillers(service.database, ground.seal, service.clock)
