"""`make stack-test`: the compose stack for real, from images to nothing left behind."""

import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from tests.data import ROOT
from tests.servers import wait_until
from tests.stack.engine import Engine, engine
from tests.stack.house import StackHouse, house
from tests.stack.images import stand_ins
from tests.stack.shell import Failed, Shell

Answer = TypeVar("Answer")

LOG = ROOT / ".build" / "stack.log"
_RESOLVE = "import socket; socket.getaddrinfo('{}', 1)"
_READ = "import urllib.request as u; print(u.urlopen('{}').read().decode())"
_CONNECT = """
import asyncio, asyncpg, pathlib
url = pathlib.Path("/run/secrets/medianest_auth_database_url").read_text().strip()
asyncio.run(asyncpg.connect(url.rpartition("/")[0] + "/medianest_{}"))
"""
_STORY = "tests/e2e/test_story.py::test_the_main_job"
# The story ends with four requests.
_ASKED = 4
_KILLED = ("auth", "gateway", "postgres", "redis", "media", "status")
_TARGETS = "http://prometheus:9090/api/v1/targets"


def main() -> int:
    # Whoever ends it early finds nothing left behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    began = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="medianest-stack-", dir="/var/tmp"))
    try:
        with engine(Shell(LOG), work) as running:
            _try_out(running, work)
    except (Failed, TimeoutError) as exc:
        print(f"stack-test: {exc}\nAll of it is in {LOG.relative_to(ROOT)}")
        return 1
    finally:
        shutil.rmtree(work)
    print(f"stack-test: all of it held, in {time.monotonic() - began:.0f} s")
    return 0


def _try_out(running: Engine, work: Path) -> None:
    images = _step("images to build on", stand_ins, running.shell, work)
    stack = house(running, work, images)
    try:
        _step("up, built and ready", stack.up)
        _step("nobody reaches what is not his", _is_closed, stack)
        print("         ", _step("the main job", stack.tell, work, _STORY))
        token = stack.sign_in("olga", "correct horse 7")
        for service in _KILLED:
            _step(f"{service} killed, and back", _survives, stack, service, token)
        _step("Prometheus sees all four", _is_watched, stack)
        _step("stopped and started: all is there", _remembers, stack, token)
    except (Failed, TimeoutError):
        print(stack.compose("logs", "--no-color", "--tail", "40"))
        raise
    finally:
        _step("down", stack.down)
        _forget(stack, images)


def _is_closed(stack: StackHouse) -> None:
    published = {
        port["PublishedPort"]
        for line in stack.compose("ps", "--format", "json").splitlines()
        for port in json.loads(line)["Publishers"] or ()
    } - {0}
    _ensure(published == {stack.port}, f"ports are published: {published}")
    for server in ("postgres", "redis"):
        sees = stack.python_works("gateway", _RESOLVE.format(server))
        _ensure(not sees, f"the gateway sees {server}")
    own, foreign = (
        stack.python_works("auth", _CONNECT.format(name)) for name in ("auth", "media")
    )
    _ensure(own and not foreign, "auth's role opens another database than its own")


def _survives(stack: StackHouse, service: str, token: str) -> None:
    stack.kill(service)
    stack.until_ready()
    _ensure(stack.requests(token) == _ASKED, f"requests were lost with {service}")


def _is_watched(stack: StackHouse) -> None:
    stack.compose(
        *("run", "--rm", "--no-deps", "-T", "--entrypoint", "promtool", "prometheus"),
        *("check", "config", "/etc/prometheus/compose.yml"),
    )

    def all_up() -> bool:
        answer = json.loads(stack.python("gateway", _READ.format(_TARGETS)))
        targets = answer["data"]["activeTargets"]
        up = {each["labels"]["process"] for each in targets if each["health"] == "up"}
        return up == {"auth", "gateway", "media", "status"}

    wait_until(all_up, "what Prometheus watches")


def _remembers(stack: StackHouse, token: str) -> None:
    stack.compose("down", "--timeout", "20")
    stack.up()
    _ensure(stack.requests(token) == _ASKED, "requests were lost between two starts")


def _forget(stack: StackHouse, images: Mapping[str, str]) -> None:
    """The images, from an engine that is not ours."""
    for name in (stack.image, *images.values()):
        stack.shell.works("docker", "rmi", "--force", name)


def _ensure(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failed(otherwise)


def _step(what: str, do: Callable[..., Answer], *given: object) -> Answer:
    began = time.monotonic()
    answer = do(*given)
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    return answer


if __name__ == "__main__":
    sys.exit(main())
