"""The portal's files, and nothing else of the disk."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.house import House, running_house
from tests.gateway.wire import raw

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>the portal")
    (root / "assets" / "app.js").write_text("export const a = 1;\n" * 200)
    (root / ".hidden").write_text("secret")
    (root / "assets" / "link").symlink_to(tmp_path / "secret.txt")
    return root


@pytest.fixture
async def house(folder: Path) -> AsyncIterator[House]:
    async with running_house(portal_folder=folder) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/setup?token=abc", "/invite/CODE", "/requests"])
async def test_a_page_s_address_is_the_portal(house: House, path: str) -> None:
    told = await house.ask("GET", path, headers=PAGE)

    assert (told.status, told.body) == (200, b"<!doctype html>the portal")
    assert told.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_page_runs_only_what_is_ours(house: House) -> None:
    told = await house.ask("GET", "/", headers=PAGE)

    policy = told.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_a_file_is_sent_once_and_compressed(house: House, folder: Path) -> None:
    told = await house.ask("GET", "/assets/app.js", headers={"Accept-Encoding": "gzip"})
    again = await house.ask(
        "GET", "/assets/app.js", headers={"If-None-Match": told.headers["etag"]}
    )
    (folder / "assets" / "app.js").write_text("changed")
    changed = await house.ask("GET", "/assets/app.js")

    assert gzip.decompress(told.body) == b"export const a = 1;\n" * 200
    assert told.headers["content-type"] == "text/javascript; charset=utf-8"
    assert again.status == 304
    assert changed.body == b"changed"


async def test_what_is_no_page_is_not_the_portal(house: House) -> None:
    for path in ("/assets/missing.js", "/requests"):
        told = await house.ask("GET", path, headers={"Accept": "*/*"})
        assert (told.status, told.json["reason"]) == (404, "path_unknown")
    assert (await house.ask("GET", "/assets/x.js", headers=PAGE)).status == 404
    assert (await house.ask("GET", "/v1/unknown", headers=PAGE)).status == 404
    assert (await house.ask("GET", "/api/unknown", headers=PAGE)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt"),
        *("/..%2fsecret.txt", "/assets/%2e%2e%2f%2e%2e%2fsecret.txt", "//secret.txt"),
        *("/..\\secret.txt", "/.hidden", "/assets/link", "/assets", "/assets/"),
        *("/%2fetc%2fpasswd", "//etc/passwd", "/etc/passwd", "/./index.html"),
        *("/index.html%00.js", "/assets//app.js", "/index.html/x"),
    ],
)
async def test_the_rest_of_the_disk_is_closed(house: House, path: str) -> None:
    status, body = await raw(house, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")

    assert status in {400, 404}
    assert b"secret" not in body
    assert b"root:" not in body


async def test_a_file_name_may_be_of_any_length(house: House) -> None:
    told = await house.ask("GET", "/" + "a" * 5000)

    assert told.status == 404


async def test_a_file_that_cannot_be_read_is_not_there(
    house: House, folder: Path
) -> None:
    os.mkfifo(folder / "pipe")

    assert (await house.ask("GET", "/pipe")).status == 404
