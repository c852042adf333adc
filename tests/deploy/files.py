"""What lies in deploy/, read."""

import re
from typing import Any

import yaml
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic_settings import BaseSettings

from gateway.cache import ResponseCache
from gateway.metering import CacheCounts, Meter
from gateway.settings import Settings as Gateway
from kit import metrics
from launcher.settings import Settings as Launcher
from services.auth.settings import Settings as Auth
from services.media.settings import Settings as Media
from services.status.settings import Settings as Status
from tests.data import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
KUBERNETES = sorted((DEPLOY / "k8s").glob("*.yaml"))
_SETTINGS: tuple[type[BaseSettings], ...] = (Launcher, Gateway, Auth, Media, Status)


def compose() -> dict[str, Any]:
    """Services by name: of the house, and of the simulators beside it."""
    services: dict[str, Any] = {}
    for name in ("compose.yaml", "compose.simulators.yaml"):
        services |= yaml.safe_load((DEPLOY / name).read_text())["services"]
    return services


def manifests() -> list[dict[str, Any]]:
    return [
        each for path in KUBERNETES for each in yaml.safe_load_all(path.read_text())
    ]


def settings() -> set[str]:
    """The names of all that a process can be told."""
    return {
        f"{kind.model_config.get('env_prefix', '')}{name}".upper()
        for kind in _SETTINGS
        for name in kind.model_fields
    }


def exposed() -> set[str]:
    """The names of all that is on the pages of metrics."""
    assert metrics.RPC_SECONDS
    registry = CollectorRegistry()
    registry.register(Meter(registry))
    registry.register(CacheCounts(ResponseCache(0)))
    return {
        name
        for each in (REGISTRY, registry)
        for family in each.collect()
        for name in _names(family.name, family.type)
    } | {"up"}


def named(expression: str) -> set[str]:
    """The names of metrics in a question to Prometheus."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\b(by|without)\s*\([^)]*\)', "", expression)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w)(?!\s*\()", bare)
    return set(words) - {"and", "or", "unless"}


def _names(name: str, kind: str) -> set[str]:
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {name + ending for ending in endings.get(kind, ("",))}
