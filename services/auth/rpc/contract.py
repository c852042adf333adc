"""All that auth serves."""

from medianest.auth.v1 import (
    audit_pb2,
    events_pb2,
    exports_pb2,
    identities_pb2,
    invites_pb2,
    keys_pb2,
    locks_pb2,
    operator_pb2,
    ownership_pb2,
    passwords_pb2,
    programs_pb2,
    roles_pb2,
    second_factors_pb2,
    sessions_pb2,
    setup_pb2,
    users_pb2,
)

SERVICES = tuple(
    service
    for file in (
        setup_pb2,
        sessions_pb2,
        invites_pb2,
        users_pb2,
        keys_pb2,
        roles_pb2,
        ownership_pb2,
        exports_pb2,
        programs_pb2,
        passwords_pb2,
        second_factors_pb2,
        identities_pb2,
        locks_pb2,
        audit_pb2,
        events_pb2,
        operator_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
)
