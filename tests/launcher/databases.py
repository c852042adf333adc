"""Ways into the databases of a running house."""

import psutil

from launcher.engines.databases import url_for
from launcher.vault import open_vault
from tests.house import RunningHouse


def database_url(house: RunningHouse, role: str, database: str) -> str:
    """A role's way into a database of the embedded Postgres."""
    flags = psutil.Process(house.pids()["postgres"]).cmdline()
    port = next(flag for flag in flags if flag.startswith("port=")).removeprefix(
        "port="
    )
    passwords = open_vault(house.data_dir)
    password = getattr(passwords, f"{role.removeprefix('medianest_')}_password")
    url = url_for(f"postgresql://127.0.0.1:{port}/", role, password)
    return url.replace(f"/{role}", f"/{database}")
