"""`python -m tests.runtime_lock`: writes what an image installs, requirements.lock
without the tools of developers, into deploy/requirements.lock."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.data import ROOT

PAGE = ROOT / "deploy" / "requirements.lock"
# The oldest Python that runs MediaNest needs the most.
_OLDEST = {"python_version": "3.11", "python_full_version": "3.11.0"}
_PINS = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*?(?=^\S|\Z)", re.MULTILINE | re.S)


def written() -> str:
    """What the image's lock says now."""
    return PAGE.read_text()


def runtime() -> str:
    """The pins of requirements.lock that MediaNest needs to run."""
    needed = set(_needed())
    pins = _PINS.finditer((ROOT / "requirements.lock").read_text())
    return "".join(pin[0] for pin in pins if canonicalize_name(pin["name"]) in needed)


def _needed() -> Iterator[str]:
    """Names of what is needed, and of what that needs, as it is installed here."""
    seen: set[tuple[str, str]] = set()
    todo = [("medianest", "")]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        yield name
        for wanted in _wanted_by(name):
            if wanted.marker is None or wanted.marker.evaluate(
                {**_OLDEST, "extra": extra}
            ):
                next_name = canonicalize_name(wanted.name)
                todo += [(next_name, each) for each in ("", *wanted.extras)]


def _wanted_by(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        # What only an older Python needs is not installed here, and needs nothing.
        return []


def main() -> None:
    PAGE.write_text(runtime())


if __name__ == "__main__":
    main()
