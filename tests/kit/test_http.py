"""Whatever an upstream does, we are told in time, in one way, and without secrets."""

import asyncio
import gzip
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
import structlog

from kit.breaker import UpstreamResting
from kit.errors import Unavailable
from kit.http import Upstream, UpstreamAway, open_upstream
from tests.servers import free_port
from tests.simulators.flaky import Flaky, Mood

SHORT = timedelta(milliseconds=300)
PATIENT = timedelta(seconds=4)


@pytest.fixture
async def flaky() -> AsyncIterator[Flaky]:
    server = Flaky()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def upstream(flaky: Flaky) -> AsyncIterator[Upstream]:
    async with open_upstream(
        "tmdb", flaky.url, headers={"Authorization": "Bearer s3cr3t"}, timeout=PATIENT
    ) as opened:
        yield opened


async def test_an_answer_comes_whole(flaky: Flaky, upstream: Upstream) -> None:
    flaky.mood.headers = {"X-Total": "3"}

    answer = await upstream.get("/3/movie/603", params={"language": "en"})

    assert (answer.status, answer.is_success, answer.json()) == (
        200,
        True,
        {"ok": True},
    )
    assert answer.headers["x-total"] == "3"
    assert flaky.seen[0].path == "/3/movie/603?language=en"
    assert flaky.seen[0].headers["Authorization"] == "Bearer s3cr3t"


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"]
)
async def test_an_address_of_one_link_alone_is_not_asked(host: str) -> None:
    async with open_upstream("plex", f"http://{host}", timeout=PATIENT) as upstream:
        with pytest.raises(UpstreamAway, match="its address is link-local"):
            await upstream.get("/latest/meta-data")


@pytest.mark.parametrize("host", ["a..b", "a" * 64, "xn--ü", "é" * 80])
async def test_what_is_no_name_of_a_host_is_away(host: str) -> None:
    async with open_upstream("plex", f"http://{host}", timeout=PATIENT) as upstream:
        with pytest.raises(UpstreamAway, match="has no such address"):
            await upstream.get("/identity")


async def test_a_base_address_with_a_path_is_kept(flaky: Flaky) -> None:
    async with open_upstream("plex", f"{flaky.url}/plex") as upstream:
        await upstream.get("/library")
        await upstream.get("identity")

    assert [seen.path for seen in flaky.seen] == ["/plex/library", "/plex/identity"]


@pytest.mark.parametrize("path", ["http://evil.example/x", "//evil.example/x"])
async def test_no_path_leads_to_another_host(
    flaky: Flaky, upstream: Upstream, path: str
) -> None:
    try:
        await upstream.get(path)
    except ValueError:
        assert not flaky.seen
    else:
        assert flaky.seen[0].path == "/evil.example/x"


@pytest.mark.parametrize("status", [400, 401, 404, 409])
async def test_what_a_refusal_means_is_left_to_the_client(
    flaky: Flaky, upstream: Upstream, status: int
) -> None:
    flaky.mood.status = status

    answer = await upstream.get("/")

    assert (answer.status, answer.is_success) == (status, False)
    assert len(flaky.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_that_fails_is_unavailable_and_never_absent(
    flaky: Flaky, upstream: Upstream, status: int
) -> None:
    flaky.mood.status = status

    with pytest.raises(Unavailable, match=f"tmdb failed with status {status}"):
        await upstream.get("/")

    assert len(flaky.seen) == 3


async def test_a_moment_of_weakness_goes_unnoticed(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.fails_first = 2

    assert (await upstream.get("/")).json() == {"ok": True}


async def test_what_is_not_idempotent_is_sent_once(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.fails_first = 1

    with pytest.raises(UpstreamAway):
        await upstream.send("POST", "/requests", body=b"{}")

    assert [seen.method for seen in flaky.seen] == ["POST"]


async def test_a_server_that_hangs_up_is_unavailable(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.hangs_up = True

    with pytest.raises(UpstreamAway, match="tmdb does not answer"):
        await upstream.get("/")


async def test_a_server_that_is_gone_is_unavailable_with_its_cause() -> None:
    async with open_upstream("tmdb", f"http://127.0.0.1:{free_port()}") as upstream:
        with pytest.raises(UpstreamAway, match="does not answer") as caught:
            await upstream.get("/")

    assert "ECONNREFUSED" in str(caught.value.__cause__)


async def test_a_silent_server_costs_the_timeout_and_no_more(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.is_silent = True

    # Less than what a call has that names no timeout.
    async with asyncio.timeout(3.5):
        with pytest.raises(UpstreamAway, match="did not answer in time"):
            await upstream.get("/", timeout=SHORT)

    assert len(flaky.seen) == 1


@asynccontextmanager
async def saying(*words: bytes, every_s: float = 0.0) -> AsyncIterator[str]:
    """A server that says this to whoever asks, and hangs up; gives its address."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for word in words:
                writer.write(word)
                await writer.drain()
                await asyncio.sleep(every_s)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        hung_up.release()

    hung_up = asyncio.Semaphore(0)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await hung_up.acquire()


async def test_a_body_that_drips_is_cut_off_too() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    async with (
        saying(head, *[b"."] * 20, every_s=0.05) as url,
        open_upstream("tmdb", url) as upstream,
    ):
        with pytest.raises(UpstreamAway, match="did not answer in time"):
            await upstream.get("/", timeout=SHORT)


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip bomb"])
async def test_an_answer_that_is_too_long_is_not_read(is_packed: bool) -> None:
    body = b"x" * 5_000_000
    extra = b"Content-Encoding: gzip\r\n" if is_packed else b""
    body = gzip.compress(body) if is_packed else body
    head = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (extra, len(body))
    async with (
        saying(head, body) as url,
        open_upstream("tmdb", url, largest_bytes=1_000_000) as upstream,
    ):
        with pytest.raises(UpstreamAway, match="more than it may"):
            await upstream.get("/")


@pytest.mark.parametrize(
    "junk",
    [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99_999],
    ids=["nothing", "a greeting", "an endless header"],
)
async def test_something_that_does_not_speak_http_is_unavailable(junk: bytes) -> None:
    async with saying(junk) as url, open_upstream("tmdb", url) as upstream:
        with pytest.raises(UpstreamAway):
            await upstream.get("/")


async def test_an_answer_that_is_not_json_is_unavailable(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.body = "<html>Bad gateway</html>"
    answer = await upstream.get("/")

    with pytest.raises(UpstreamAway, match="not JSON"):
        answer.json()


async def test_a_redirect_is_not_followed_with_our_secrets(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.status = 302
    flaky.mood.headers = {"Location": f"{flaky.url}/elsewhere"}

    with pytest.raises(UpstreamAway, match="has moved"):
        await upstream.get("/")

    assert [seen.path for seen in flaky.seen] == ["/"]


async def test_one_who_wants_to_be_asked_less_says_when(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood = Mood(status=429, headers={"Retry-After": "17"})

    with pytest.raises(UpstreamAway, match="asked less") as caught:
        await upstream.get("/")

    assert caught.value.retry_after == timedelta(seconds=17)
    assert len(flaky.seen) == 1


@pytest.mark.parametrize("said", ["-1", "soon", "99999999999999999999", "0", ""])
async def test_a_strange_pause_is_made_reasonable(
    flaky: Flaky, upstream: Upstream, said: str
) -> None:
    flaky.mood = Mood(status=429, headers={"Retry-After": said})

    with pytest.raises(UpstreamAway) as caught:
        await upstream.get("/")

    assert caught.value.retry_after is not None
    assert timedelta(seconds=1) <= caught.value.retry_after <= timedelta(minutes=5)


async def test_a_dead_server_is_soon_left_alone_and_not_asked_thrice_as_much(
    flaky: Flaky, upstream: Upstream
) -> None:
    flaky.mood.status = 503
    for _ in range(10):
        with pytest.raises(Unavailable):
            await upstream.get("/")

    with pytest.raises(UpstreamResting):
        await upstream.get("/")
    assert len(flaky.seen) == 10


async def test_retries_have_a_budget(flaky: Flaky) -> None:
    async with open_upstream("tmdb", flaky.url) as upstream:
        for _ in range(200):
            await upstream.get("/")
        flaky.seen.clear()
        flaky.mood.status = 503
        asked = await asyncio.gather(
            *(upstream.get("/") for _ in range(60)), return_exceptions=True
        )

    assert all(isinstance(each, Unavailable) for each in asked)
    assert len(flaky.seen) <= 60 + 10 + 6


async def test_no_more_calls_at_once_than_it_may(flaky: Flaky) -> None:
    flaky.mood.delay_s = 0.02
    async with open_upstream("tmdb", flaky.url, most_at_once=3) as upstream:
        await asyncio.gather(*(upstream.get("/") for _ in range(30)))

    assert flaky.most_at_once == 3


async def test_waiting_for_a_turn_counts_as_time_but_not_as_a_failure(
    flaky: Flaky,
) -> None:
    flaky.mood.delay_s = 0.4
    async with open_upstream("tmdb", flaky.url, most_at_once=1) as upstream:
        first = asyncio.create_task(upstream.get("/"))
        waiting = [
            asyncio.create_task(upstream.get("/", timeout=SHORT)) for _ in range(20)
        ]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert all("too much to do" in str(each) for each in outcomes)
        await first
        flaky.mood.delay_s = 0
        assert (await upstream.get("/")).is_success


async def test_connections_are_kept(flaky: Flaky) -> None:
    async with open_upstream("tmdb", flaky.url) as upstream:
        for _ in range(10):
            await upstream.get("/")

    assert len(flaky.peers) == 1


async def test_no_secret_is_in_any_error_or_log(flaky: Flaky) -> None:
    """Some upstreams take their key as a parameter: SABnzbd, TMDB."""
    secret = {"params": {"apikey": "s3cr3t"}, "headers": {"X-Plex-Token": "s3cr3t"}}
    moods = [
        Mood(is_silent=True),
        Mood(status=500),
        Mood(hangs_up=True),
        Mood(status=302, headers={"Location": "http://127.0.0.1/?apikey=s3cr3t"}),
        Mood(headers={"X-Long": "y" * 9_000}),
    ]
    told = []
    with structlog.testing.capture_logs() as logs:
        async with open_upstream("tmdb", flaky.url, timeout=SHORT) as upstream:
            for flaky.mood in moods:
                with pytest.raises(Unavailable) as caught:
                    await upstream.get("/api", **secret)  # type: ignore[arg-type]
                told.append("".join(traceback.format_exception(caught.value)))
            await flaky.stop()
            with pytest.raises(Unavailable) as caught:
                await upstream.get("/api", **secret)  # type: ignore[arg-type]
            told.append("".join(traceback.format_exception(caught.value)))

    assert len(told) == 6
    assert "s3cr3t" not in "".join(told) + repr(logs)
