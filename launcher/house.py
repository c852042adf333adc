"""The running house's facts, for programs on the same machine."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.failures import CannotRun
from launcher.folder import holder, write_private
from launcher.vault import open_vault


@dataclass(frozen=True, slots=True)
class House:
    gateway_url: str
    gateway_urls: tuple[str, ...]
    auth_addresses: str
    media_addresses: str
    status_addresses: str
    """As kit.rpc.channel takes them."""
    caller_keys: str
    """As kit.rpc.identity takes them: who has these may be anybody."""
    processes: Mapping[str, int | None]
    """Process ids by name; None for one that is just being started again."""


def find_house(data_dir: Path) -> House:
    """The house that runs on this data folder. Raises CannotRun when none does."""
    away = CannotRun(
        f"MediaNest does not run on {data_dir}: start it with `medianest up`"
    )
    if holder(data_dir) is None:
        raise away
    try:
        known = json.loads(_file(data_dir).read_text())
    except FileNotFoundError as exc:
        raise away from exc
    except PermissionError as exc:
        raise CannotRun(
            f"{exc.filename} may not be read by this user: be the one who started"
            " MediaNest"
        ) from exc
    return House(**(known | {"gateway_urls": tuple(known["gateway_urls"])}))


def house_in_containers(
    data_dir: Path, media_addresses: str = "", auth_addresses: str = ""
) -> House:
    """The house whose keys are in this data folder, and which others keep running. Of
    its addresses those are known that are given."""
    return House(
        gateway_url="",
        gateway_urls=(),
        auth_addresses=auth_addresses,
        media_addresses=media_addresses,
        status_addresses="",
        caller_keys=open_vault(data_dir).caller_keys,
        processes={},
    )


def publish(folder: Path, house: House) -> None:
    write_private(_file(folder), json.dumps(asdict(house), indent=2) + "\n")


def withdraw(folder: Path) -> None:
    _file(folder).unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / "house.json"
