"""What the contract says of each method, read from its descriptors."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from kit.caller import Caller
from kit.errors import Denied
from kit.rpc.identity import CallerUnknown


class NotPermitted(Denied):
    reason = "not_permitted"


class SecondFactorRequired(Denied):
    reason = "second_factor_required"


@dataclass(frozen=True, slots=True)
class MethodPolicy:
    """One method's policy. `message` is the policy option itself."""

    method: MethodDescriptor
    message: Any

    @property
    def path(self) -> str:
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def is_public(self) -> bool:
        return bool(self.message.access == self.message.PUBLIC)

    def ensure_permits(self, caller: Caller | None) -> None:
        """Raises CallerUnknown, KeyRefused, SecondFactorRequired or NotPermitted."""
        if self.is_public:
            return
        if caller is None:
            raise CallerUnknown("Sign in first.")
        if self.message.in_person:
            caller.ensure_in_person()
        if caller.is_enrolling and not self.message.enrolling:
            raise SecondFactorRequired(
                "This account must have a second factor. Set it up first."
            )
        permission = self.message.permission
        if permission and not caller.may(permission):
            raise NotPermitted("You may not do this. Ask the owner for the permission.")


def policies(
    services: Iterable[ServiceDescriptor], extension: Any
) -> dict[str, MethodPolicy]:
    """Policies by method path ("/package.Service/Method"), read from the method
    option `extension`. Raises ValueError for a method without one."""
    found: dict[str, MethodPolicy] = {}
    for service in services:
        for method in service.methods:
            if not method.GetOptions().HasExtension(extension):
                raise ValueError(f"{method.full_name} has no policy")
            policy = MethodPolicy(method, method.GetOptions().Extensions[extension])
            if bool(policy.message.access) == bool(policy.message.permission):
                raise ValueError(
                    f"{method.full_name} must state access or permission, and not both"
                )
            found[policy.path] = policy
    return found
