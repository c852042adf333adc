"""Speaks with apprise's services. Runs in a process of its own: `python -m` this.

Its plugins are other people's code, and a URL chooses which of it runs with what. So
this process opens no file but to load code, starts no other, and connects to nobody
that it may not: whatever a plugin tries.
"""

import ipaddress
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import apprise
from apprise import AppriseAsset

from kit.answering import answer_questions
from kit.hosts import is_link_local, is_public

WITHIN_S = 12
_LOCAL = frozenset(
    {"blink1", "dbus", "exec", "file", "glib", "gnome", "growl", "kde", "macosx"}
    | {"qt", "syslog", "windows"}
)
"""What tells the machine itself, and nobody else."""
_STARTS = ("subprocess.", "os.exec", "os.system", "os.posix_spawn", "os.fork", "pty.")
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink")
_REACHES = frozenset({"socket.connect", "socket.sendto", "socket.bind"})
_REACHES_OR_ANSWERS = "socket.sendmsg"
"""Without an address it goes on with whom it is connected to."""
_STATUS = re.compile(r"error[=: ]+(\d{3})\b")
_PASSING = frozenset({"408", "425", "429"})
_ROOTS = tuple(
    {Path(each) for each in (*sys.path, sys.prefix, sys.base_prefix) if each}
)
_CODE = frozenset({".py", ".pyc", ".so", ".pem", ".mo"})
_READ_ONLY = frozenset({None, "r", "rb", "rt"})


class _Walls:
    """An audit hook, which nothing that runs here can take away."""

    def __init__(self) -> None:
        self.private_allowed = False
        self.was_refused = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith((*_STARTS, *_CHANGES)):
            raise PermissionError(f"{event} is refused")
        if event == "open":
            self._ensure_readable(*arguments[:2])
        elif event in _REACHES or (event == _REACHES_OR_ANSWERS and arguments[-1]):
            self._ensure_reachable(arguments[-1])

    def _ensure_readable(self, path: Any, mode: Any) -> None:
        if isinstance(path, int):
            return
        file = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - without links
        is_code = file.suffix in _CODE and any(map(file.is_relative_to, _ROOTS))
        if mode not in _READ_ONLY or not is_code:
            raise PermissionError("this file is refused")

    def _ensure_reachable(self, address: Any) -> None:
        host = str(address[0]) if isinstance(address, tuple) else ""
        # The world, or what is an address of this house where that is allowed.
        if is_public(host):
            return
        if self.private_allowed and _is_address(host) and not is_link_local(host):
            return
        self.was_refused = True
        raise PermissionError("this address is refused")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class _Heard(logging.Handler):
    """What plugins complain of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage()[:1_000])


walls = _Walls()
heard = _Heard()


def tell(question: dict[str, Any]) -> dict[str, Any]:
    """`{"url", "private", "key", "title", "body", "check"}` to `{"state", "words"}`:
    done, refused or away."""
    heard.words.clear()
    walls.private_allowed = bool(question["private"])
    walls.was_refused = False
    url = str(question["url"])
    try:
        return _told(url, question)
    # Other people's code: whatever it raises says something of this URL alone.
    except Exception as exc:  # noqa: BLE001
        return {"state": "refused", "words": f"apprise failed: {type(exc).__name__}."}


def _told(url: str, question: dict[str, Any]) -> dict[str, Any]:
    scheme = url.partition("://")[0].strip().lower()
    if scheme in _LOCAL:
        return {
            "state": "refused",
            "words": f"{scheme}:// tells this machine alone, and is not allowed.",
        }
    asset = AppriseAsset(app_id="MediaNest", async_mode=False, storage_mode="memory")
    plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None:
        return {"state": "refused", "words": "apprise knows no such URL."}
    if question["check"]:
        return {"state": "done", "words": ""}
    if isinstance(headers := getattr(plugin, "headers", None), dict):
        headers["Idempotency-Key"] = question["key"]
        headers["X-MediaNest-Delivery"] = question["key"]
    house = apprise.Apprise(asset=asset)
    house.add(plugin)
    title, body = question["title"], question["body"]
    if house.notify(title=title, body=body or title, body_format="text"):
        return {"state": "done", "words": ""}
    words = _without_secrets(heard.words[-1] if heard.words else "", url)
    if walls.was_refused:
        return {"state": "refused", "words": "private"}
    status = _STATUS.search(words)
    is_final = status and status[1][0] == "4" and status[1] not in _PASSING
    return {"state": "refused" if is_final else "away", "words": words}


def _without_secrets(words: str, url: str) -> str:
    parts = urlsplit(url)
    for secret in re.split(
        r"[/@:?&=;,#]+", f"{parts.netloc}{parts.path}?{parts.query}"
    ):
        for each in {secret, unquote(secret)}:
            if len(each) > 3 and each != parts.hostname:  # noqa: PLR2004
                words = words.replace(each, "…")
    return words


if __name__ == "__main__":
    logging.getLogger("apprise").addHandler(heard)
    # What is loaded when it is needed: not under the walls, where it may be elsewhere.
    apprise.Apprise().details()
    sys.addaudithook(walls)
    answer_questions(tell, within_s=WITHIN_S)
