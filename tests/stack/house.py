"""The house of deploy/compose.yaml, as whoever runs it sees it."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any

from tests.data import CATALOG, ROOT
from tests.servers import free_port, wait_until
from tests.stack.engine import Engine
from tests.stack.shell import Failed, Shell

_COMPOSE = ROOT / "deploy" / "compose.yaml"
_SIMULATORS = ROOT / "deploy" / "compose.simulators.yaml"
_MEDIA = "/media"


@dataclass(frozen=True)
class StackHouse:
    engine: Engine
    shell: Shell
    """The engine's, with the settings of compose.yaml."""
    image: str
    port: int
    media: Path
    page_sizes: Iterator[int] = field(
        default_factory=lambda: itertools.cycle(range(20, 101))
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def compose(self, *words: str) -> str:
        return self.shell.run("docker", *self._compose(), *words)

    def up(self) -> None:
        """Start everything, and wait until the house says that it is ready."""
        self.compose("up", "--detach", "--build")
        self.until_ready()

    def until_ready(self) -> None:
        ready = (*self.engine.prefix, "curl", "-sf", f"{self.url}/ready")
        wait_until(lambda: self.shell.works(*ready), "the house")

    def down(self) -> None:
        """Stop everything, and remove what it kept."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")

    def python(self, service: str, code: str) -> str:
        """What a line of Python says in the container of a service."""
        return self.compose("exec", "-T", service, "python3", "-c", code).strip()

    def python_works(self, service: str, code: str) -> bool:
        """Whether Python there does this without an error."""
        words = ("exec", "-T", service, "python3", "-c", code)
        return self.shell.works("docker", *self._compose(), *words)

    def sign_in(self, name: str, password: str) -> str:
        """A token."""
        body = json.dumps({"login": name, "password": password})
        return str(self._ask("/v1/sessions", "--json", body)["token"])

    def requests(self, token: str) -> int:
        """How many requests somebody sees, asked until there is an answer, and in a
        new way each time: what is remembered must not answer for Postgres."""
        seen: list[int] = []

        def look() -> bool:
            header = f"Authorization: Bearer {token}"
            try:
                size = next(self.page_sizes)
                path = f"/v1/requests?pageSize={size}"
                answer = self._ask(path, "--header", header)
            except Failed:
                return False
            seen.append(len(answer["requests"]))
            return True

        wait_until(look, "the list of requests")
        return seen[0]

    def kill(self, service: str) -> None:
        """kill -9 the container's first process, and see another one come."""
        before = self._process(service)
        os.kill(before, Signals.SIGKILL)
        wait_until(lambda: self._process(service) not in {before, 0}, service)

    def tell(self, work: Path, *words: str) -> str:
        """Run tests of tests/e2e against this house; pytest's last line."""
        facts = work / "house.json"
        facts.write_text(json.dumps(self._facts()))
        done = subprocess.run(
            [*self.engine.prefix, sys.executable, "-m", "pytest", "-q", *words],
            env={**self.shell.environment, "MEDIANEST_TEST_HOUSE": str(facts)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(done.stdout + done.stderr)
        return done.stdout.splitlines()[-1]

    def _facts(self) -> Mapping[str, object]:
        """As tests.e2e.standing takes them."""
        token = "/run/secrets/medianest_auth_setup_token"
        files = f"{CATALOG}:{CATALOG}:ro"
        return {
            "base_url": self.url,
            "setup_token": self.compose("exec", "-T", "auth", "cat", token).strip(),
            "shelf": str(self.media),
            "shelf_seen": _MEDIA,
            "medianest": [
                *("docker", *self._compose(), "run", "--rm", "--no-deps", "-T"),
                *("--volume", files, "migrate"),
            ],
        }

    def _compose(self) -> tuple[str, ...]:
        files = ("--file", str(_COMPOSE), "--file", str(_SIMULATORS))
        profiles = ("--profile", "prometheus", "--profile", "simulators")
        return ("compose", *files, *profiles)

    def _ask(self, path: str, *more: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            self.shell.run(
                *(*self.engine.prefix, "curl", "--silent", "--fail-with-body"),
                *(*more, self.url + path),
            )
        )
        return answer

    def _process(self, service: str) -> int:
        container = self.compose("ps", "--all", "--quiet", service).strip()
        state = self.shell.run(
            "docker", "inspect", "--format", "{{.State.Pid}}", container
        )
        return int(state)


def house(engine: Engine, work: Path, images: Mapping[str, str]) -> StackHouse:
    """A house of its own name and port, not started yet."""
    media = work / "media"
    media.mkdir(mode=0o755)
    port = free_port()
    image = f"medianest-test:{os.getpid()}"
    settings = {
        **images,
        "COMPOSE_PROJECT_NAME": f"medianest-test-{os.getpid()}",
        "MEDIANEST_IMAGE": image,
        "MEDIANEST_PORT": str(port),
        "MEDIANEST_MEDIA_FOLDER": str(media),
    }
    shell = Shell(engine.shell.log, {**engine.shell.environment, **settings})
    return StackHouse(engine, shell, image, port, media)
