"""What the services behind the dashboard answer, until a test says otherwise."""

import asyncio
from collections.abc import Collection
from typing import Any, cast

from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import sessions_pb2
from medianest.gateway.v1 import dashboard_pb2
from medianest.media.v1 import libraries_pb2, requests_pb2
from medianest.status.v1 import incidents_pb2, monitors_pb2
from tests.gateway.house import House, Told
from tests.gateway.paths import (
    COUNT_REQUESTS,
    CURRENT_SESSION,
    LIST_INCIDENTS,
    LIST_LIBRARIES,
    LIST_MONITORS,
    LIST_REQUESTS,
)
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
VIEW_SERVICES = 1 << permissions_pb2.VIEW_SERVICES
MANAGE_REQUESTS = 1 << permissions_pb2.MANAGE_REQUESTS

PATH_OF = {
    "session": CURRENT_SESSION,
    "requestCounts": COUNT_REQUESTS,
    "newestRequests": LIST_REQUESTS,
    "pendingRequests": LIST_REQUESTS,
    "libraries": LIST_LIBRARIES,
    "monitors": LIST_MONITORS,
    "openIncidents": LIST_INCIDENTS,
}
PARTS = set(PATH_OF)
PATHS = set(PATH_OF.values())
LATE = "deadline_exceeded"
SESSION = sessions_pb2.Session(id="s1", user={"name": "ada"}, current=True)
COUNTS = requests_pb2.MediaRequestCounts(total=3, pending=1)
NEWEST = requests_pb2.ListMediaRequestsResponse(
    requests=[{"id": "r1", "title": {"name": "Amélie"}}], next_page_token="more"
)
PENDING = requests_pb2.ListMediaRequestsResponse(requests=[{"id": "r2", "state": 1}])
LIBRARIES = libraries_pb2.ListLibrariesResponse(libraries=[{"name": "movies"}])
MONITORS = monitors_pb2.ListMonitorsResponse(monitors=[{"name": "NAS", "state": 2}])
INCIDENTS = incidents_pb2.ListIncidentsResponse(incidents=[{"monitor_name": "NAS"}])
DASHBOARD = dashboard_pb2.Dashboard(
    session=SESSION,
    request_counts=COUNTS,
    newest_requests=NEWEST,
    pending_requests=PENDING,
    libraries=LIBRARIES,
    monitors=MONITORS,
    open_incidents=INCIDENTS,
)


def furnish(house: House) -> None:
    async def list_requests(request: Any, context: Any) -> Any:
        return PENDING if request.state else NEWEST

    house.backend.on(CURRENT_SESSION, SESSION)
    house.backend.on(COUNT_REQUESTS, COUNTS)
    house.backend.on(LIST_REQUESTS, list_requests)
    house.backend.on(LIST_LIBRARIES, LIBRARIES)
    house.backend.on(LIST_MONITORS, MONITORS)
    house.backend.on(LIST_INCIDENTS, INCIDENTS)
    house.sign_in("ada", ADMIN)
    house.sign_in("fred")


async def look(
    house: House,
    who: str = "ada",
    *,
    path: str = "/v1/dashboard",
    late: Collection[str] = (),
    **headers: str,
) -> Told:
    """The dashboard, asked for again while a part is late that need not be: a test
    does not know what else its machine has to do."""
    house.backend.asked.clear()

    async def in_time() -> Told | None:
        told = await house.ask("GET", path, token=who, headers=headers)
        warned = reasons(told).items()
        odd = {part for part, reason in warned if reason == LATE} - set(late)
        return None if odd or (told.status == 504 and not late) else told

    return cast("Told", await eventually(in_time))


def parts(told: Told) -> set[str]:
    return set(told.json) - {"warnings"}


def reasons(told: Told) -> dict[str, str]:
    """Why each part is missing that is."""
    return {each["part"]: each["reason"] for each in told.json.get("warnings", ())}


def asked(house: House) -> set[str]:
    """The methods of parts that were asked since somebody began to look."""
    return {each.path for each in house.backend.asked} & PATHS


async def forever(request: Any, context: Any) -> Any:
    await asyncio.Event().wait()
