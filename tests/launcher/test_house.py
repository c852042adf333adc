"""The whole house, with real engines and small stand-ins for the rest."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

import asyncpg
import psutil
import pytest

from launcher.engines.databases import url_for
from launcher.house import find_house
from launcher.vault import open_vault
from tests.house import RunningHouse, empty_house, running_house
from tests.waiting import eventually

ALL = {"postgres", "valkey", "auth", "media", "status", "gateway"}


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


def all_gone(pids: dict[str, int]) -> bool:
    return not any(lives(pid) for pid in pids.values())


def lives(pid: int) -> bool:
    """A zombie does not: it only waits to be counted by process 1."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def open_house(tmp_path_factory, stand_ins):
    """A house for tests that only look."""
    told = stand_ins | {"MEDIANEST_MEDIA_TMDB_TOKEN": "for media"}
    with empty_house(tmp_path_factory.mktemp("house"), environment=told) as house:
        house.start()
        asyncio.run(house.ready())
        yield house


async def test_the_first_run_opens_the_house_and_gives_a_link(open_house):
    assert open_house.pids().keys() == ALL
    link = f"{open_house.base_url}/setup?token={open_house.setup_token}"
    await eventually(lambda: link in open_house.output)
    for name in ("secrets.json", "house.json"):
        mode = (open_house.data_dir / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    said = await open_house.command("status")
    assert said.returncode == 0
    assert f"{open_house.base_url} is ready" in said.stdout


async def test_the_second_run_finds_the_data_and_migrates_nothing(tmp_path, stand_ins):
    async with running_house(tmp_path, environment=stand_ins) as house:
        url = database_url(house, "medianest_media", "medianest_media")
        conn = await asyncpg.connect(url)
        await conn.execute(
            "CREATE TABLE kept (what text); INSERT INTO kept VALUES ('x')"
        )
        await conn.close()
        token = house.setup_token
        assert await house.stop() == 0

        first = len(house.output)
        house.start()
        await house.ready()

        url = database_url(house, "medianest_media", "medianest_media")
        conn = await asyncpg.connect(url)
        assert await conn.fetchval("SELECT what FROM kept") == "x"
        await conn.close()
        assert house.setup_token == token
        # Nothing was left to do, and so no process was started to do nothing.
        assert "up to date" in house.output[:first]
        assert "up to date" not in house.output[first:]


async def test_it_stops_from_the_gateway_down_and_leaves_nothing(
    tmp_path, stand_ins, lived_in
):
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        pids = house.pids()

        assert await house.stop(Signals.SIGINT) == 0

        assert all_gone(pids)
        assert not (house.data_dir / "house.json").exists()
        said = house.output
        order = [
            said.index("gateway    | goodbye"),
            said.index("media      | goodbye"),
            said.index("Valkey is now ready to exit"),
            said.index("database system is shut down", said.index("stopping")),
        ]
        assert order == sorted(order)


async def test_whoever_is_killed_is_back_soon(tmp_path, stand_ins, lived_in):
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        before = house.pids()
        for name in ALL:
            house.kill(name)

        for name in ALL:
            await house.restarted(name, before[name], within_s=5)
            assert f"{name} died (signal 9)" in house.output
        url = database_url(house, "medianest_auth", "medianest_auth")
        conn = await eventually(lambda: connected(url), within_s=5)
        await conn.close()


async def connected(url: str) -> "asyncpg.Connection[asyncpg.Record] | None":
    try:
        return await asyncpg.connect(url, timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return None


async def test_a_killed_launcher_leaves_no_orphan_and_starts_again_at_once(
    tmp_path, stand_ins, lived_in
):
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        pids = house.pids()
        house.launcher.kill()
        await house.ended()

        house.start()
        await house.ready(within_s=25)

        assert all_gone(pids)
        assert house.pids().keys() == ALL


async def test_a_killed_launcher_and_postgres_with_a_pid_that_lives_on(
    tmp_path, stand_ins, lived_in
):
    """After a power cut the number in postmaster.pid may belong to anybody."""
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        pids = house.pids()
        os.kill(house.launcher.pid, signal.SIGSTOP)
        house.kill("postgres")
        house.launcher.kill()
        await house.ended()
        await eventually(lambda: all_gone(pids))
        with somebody_under_the_old_number(house.data_dir / "postgres") as somebody:
            house.start()
            await house.ready(within_s=25)

            assert somebody.poll() is None


@contextmanager
def somebody_under_the_old_number(
    postgres: Path,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of Postgres' user that stands in the pid file it left behind."""
    pid_file = postgres / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    owner = pid_file.stat().st_uid
    with subprocess.Popen(["sleep", "600"], user=owner) as somebody:
        pid_file.write_text("\n".join([str(somebody.pid), *lines[1:]]))
        yield somebody
        somebody.kill()


async def test_a_second_house_on_the_same_folder_is_refused(open_house):
    second = await open_house.command("up", "--port", "8399")

    assert second.returncode == 1
    (line,) = second.stderr.splitlines()
    assert f"already runs on {open_house.data_dir}" in line
    assert str(open_house.launcher.pid) in line
    assert open_house.launcher.poll() is None


async def test_a_port_that_is_taken_is_named(tmp_path, stand_ins):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with empty_house(tmp_path, port=port, environment=stand_ins) as house:
            refused = await house.command("up")

    assert refused.returncode == 1
    assert refused.stderr == (
        f"medianest: port {port} is taken by another program: stop it, or choose"
        " another with MEDIANEST_PORT\n"
    )


async def test_a_folder_that_cannot_be_written_is_named(tmp_path, stand_ins):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with empty_house(tmp_path, environment=stand_ins) as house:
        refused = await house.command("up", "--data-dir", str(in_the_way / "data"))

    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert f"the data folder {in_the_way / 'data'} cannot be written" in line
    assert "MEDIANEST_DATA_DIR" in line


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path, stand_ins):
    newer = stand_ins | {"MEDIANEST_MEDIA_MIGRATE_STATUS": "3"}
    with empty_house(tmp_path, environment=newer) as house:
        house.start()

        assert await house.ended() == 3

        last_word = house.output.splitlines()[-1]
        assert "media cannot migrate its database" in last_word
        assert "a newer MediaNest was here" in last_word


async def test_a_service_that_cannot_live_ends_the_house(tmp_path, stand_ins):
    ill = stand_ins | {"MEDIANEST_STATUS_EXIT_STATUS": "7"}
    with empty_house(tmp_path, environment=ill) as house:
        house.start()

        assert await house.ended() == 1

        last_word = house.output.splitlines()[-1]
        assert "status died 6 times in 60 s (status 7)" in last_word
        assert "I do not feel well" in last_word


async def test_there_may_be_two_of_each(tmp_path, stand_ins, lived_in):
    async with running_house(
        tmp_path, replicas=2, environment=stand_ins, like=lived_in
    ) as house:
        facts = house.facts()

        assert facts.gateway_urls == (
            f"http://127.0.0.1:{house.port}",
            f"http://127.0.0.1:{house.port + 1}",
        )
        assert len(facts.media_addresses.split(",")) == 2
        assert {"auth-1", "auth-2", "gateway-1", "gateway-2"} < facts.processes.keys()


async def test_each_role_enters_its_own_database_only(open_house):
    own = await asyncpg.connect(
        database_url(open_house, "medianest_media", "medianest_media")
    )
    extensions = await own.fetch("SELECT extname FROM pg_extension")
    await own.close()
    assert {"pg_trgm", "unaccent", "citext"} < {row[0] for row in extensions}

    for other in ("medianest_auth", "medianest_status", "postgres", "template1"):
        url = database_url(open_house, "medianest_media", other)
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await asyncpg.connect(url)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            database_url(open_house, "medianest_media", "medianest_media"),
            password="guessed",
        )


async def test_nobody_is_told_another_s_secrets(open_house):
    pids, known = open_house.pids(), open_vault(open_house.data_dir)

    gateway = psutil.Process(pids["gateway"]).environ()
    media = psutil.Process(pids["media"]).environ()

    assert known.caller_keys not in gateway.values()
    assert not any("DATABASE_URL" in name for name in gateway)
    assert not any(known.setup_token in value for value in media.values())
    assert not any(known.auth_password in value for value in media.values())
    assert media["MEDIANEST_MEDIA_TMDB_TOKEN"] == "for media"
    assert "MEDIANEST_MEDIA_TMDB_TOKEN" not in gateway
    for pid in pids.values():
        assert known.valkey_password not in " ".join(psutil.Process(pid).cmdline())


async def test_the_gateway_hears_a_hangup(open_house):
    open_house.launcher.send_signal(Signals.SIGHUP)

    await eventually(lambda: "gateway    | heard SIGHUP" in open_house.output)


async def test_down_stops_the_house_of_the_folder(tmp_path, stand_ins, lived_in):
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        pids = house.pids()

        assert (await house.command("down")).returncode == 0

        assert await house.ended() == 0
        assert all_gone(pids)
        again = await house.command("down")
        assert (again.returncode, again.stdout) == (
            0,
            f"MediaNest does not run on {house.data_dir}\n",
        )
        asked = await house.command("status")
        assert asked.returncode == 1
        assert "start it with `medianest up`" in asked.stderr


async def test_servers_that_exist_are_used(
    tmp_path, stand_ins, postgres_url, redis_url
):
    existing = stand_ins | {
        "MEDIANEST_DATABASE_URL": postgres_url,
        "MEDIANEST_REDIS_URL": redis_url,
    }
    try:
        async with running_house(tmp_path, environment=existing) as house:
            assert house.pids().keys() == ALL - {"postgres", "valkey"}
            assert not (house.data_dir / "postgres").exists()
            media = psutil.Process(house.pids()["media"]).environ()
            assert media["MEDIANEST_MEDIA_REDIS_URL"] == redis_url
            assert "medianest_media" in media["MEDIANEST_MEDIA_DATABASE_URL"]
    finally:
        await forget_roles(postgres_url)


async def forget_roles(admin_url: str) -> None:
    admin = await asyncpg.connect(admin_url)
    for name in ("medianest_auth", "medianest_media", "medianest_status"):
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS {name}")
    await admin.close()


async def test_being_stopped_while_it_opens_leaves_nothing_half_made(
    tmp_path, stand_ins
):
    with empty_house(tmp_path, environment=stand_ins) as house:
        house.start()
        await eventually((house.data_dir / "postgres.new").exists)
        assert await house.stop(Signals.SIGINT) == 0
        assert not (house.data_dir / "postgres").exists()

        house.start()
        await house.ready()

        assert find_house(house.data_dir).processes.keys() == ALL


async def test_migrations_can_be_run_alone(tmp_path, stand_ins):
    with empty_house(tmp_path, environment=stand_ins) as house:
        done = await house.command("migrate")

        assert done.returncode == 0
        assert "media      | up to date" in done.stdout
        assert not (house.data_dir / "house.json").exists()
        assert not (house.data_dir / "postgres" / "postmaster.pid").exists()
