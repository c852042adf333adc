"""What the house wants done with requests of some kind."""

from medianest.media.v1 import (
    request_profiles_pb2,
    request_profiles_pb2_grpc,
    rules_pb2,
    rules_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.domain.request_profiles import ShortList
from services.media.domain.requests.sizing import Sizing
from services.media.domain.rules.explaining import Explaining
from services.media.domain.rules.keeping import RuleKeeping
from services.media.domain.rules.remembered import RememberedRuling
from services.media.rpc.request_profiles import RequestProfilesHandlers
from services.media.rpc.rules import RequestRulesHandlers
from services.media.store.request_profiles import PostgresProfiles
from services.media.store.request_rules import PostgresRules
from services.media.store.wishes import PostgresWishes


def rules(ground: Ground) -> Part:
    service = ground.service
    kept = PostgresRules(service.database)
    profiles = PostgresProfiles(service.database)
    explaining = Explaining(
        PostgresWishes(service.database),
        RememberedRuling(kept),
        Sizing(ground.settings.gb_per_hour, ground.settings.gb_per_hour_4k),
    )
    return Part(
        [
            served(
                rules_pb2,
                "RequestRulesService",
                rules_pb2_grpc.add_RequestRulesServiceServicer_to_server,
                RequestRulesHandlers(
                    RuleKeeping(kept, service.clock), kept, explaining, service.pages
                ),
            ),
            served(
                request_profiles_pb2,
                "RequestProfilesService",
                request_profiles_pb2_grpc.add_RequestProfilesServiceServicer_to_server,
                RequestProfilesHandlers(
                    ShortList(profiles, service.clock), profiles, service.pages
                ),
            ),
        ]
    )
