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
from launcher.vault import open_vault
from tests.house import RunningHouse, copy_house, empty_house, running_house
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
def open_house(tmp_path_factory, stand_ins, lived_in):
    """A house for tests that only look."""
    told = stand_ins | {"MEDIANEST_MEDIA_TMDB_TOKEN": "for media"}
    with empty_house(tmp_path_factory.mktemp("house"), environment=told) as house:
        copy_house(lived_in, house.data_dir)
        house.start()
        asyncio.run(house.ready())
        yield house


async def test_a_house_that_is_open_gives_a_link_until_it_has_an_owner(open_house):
    assert open_house.pids().keys() == ALL
    link = f"{open_house.base_url}/setup?token={open_house.setup_token}"
    await eventually(lambda: link in open_house.output)
    for name in ("secrets.json", "house.json"):
        mode = (open_house.data_dir / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    said = await open_house.command("status")
    assert said.returncode == 0
    assert f"{open_house.base_url} is ready" in said.stdout


async def test_a_house_is_new_once_and_found_again_after_each_stop(tmp_path, stand_ins):
    with empty_house(tmp_path, environment=stand_ins) as house:
        await interrupted_while_it_opens(house)
        await new_with_a_link(house)
        await stopped_from_the_gateway_down(house)
        await found_again_as_it_was_left(house)
        await stopped_by_down(house)


async def interrupted_while_it_opens(house: RunningHouse) -> None:
    """Nothing half made is left."""
    house.start()
    await eventually((house.data_dir / "postgres.new").exists)
    assert await house.stop(Signals.SIGINT) == 0
    assert not (house.data_dir / "postgres").exists()


async def new_with_a_link(house: RunningHouse) -> None:
    """With something in a database."""
    house.start()
    await house.ready()
    assert house.pids().keys() == ALL
    link = f"{house.base_url}/setup?token={house.setup_token}"
    await eventually(lambda: link in house.output)
    assert "up to date" in house.output
    url = database_url(house, "medianest_media", "medianest_media")
    conn = await asyncpg.connect(url)
    await conn.execute("CREATE TABLE kept (what text); INSERT INTO kept VALUES ('x')")
    await conn.close()


async def stopped_from_the_gateway_down(house: RunningHouse) -> None:
    """Nothing is left that runs."""
    pids, before = house.pids(), len(house.output)

    assert await house.stop(Signals.SIGINT) == 0

    assert all_gone(pids)
    assert not (house.data_dir / "house.json").exists()
    said = house.output[before:]
    order = [
        said.index("stopping"),
        said.index("gateway    | goodbye"),
        said.index("media      | goodbye"),
        said.index("Valkey is now ready to exit"),
        said.index("database system is shut down"),
    ]
    assert order == sorted(order)


async def found_again_as_it_was_left(house: RunningHouse) -> None:
    token, before = house.setup_token, len(house.output)

    house.start()
    await house.ready()

    url = database_url(house, "medianest_media", "medianest_media")
    conn = await asyncpg.connect(url)
    assert await conn.fetchval("SELECT what FROM kept") == "x"
    await conn.close()
    assert house.setup_token == token
    # Nothing was left to do, and so no process was started to do nothing.
    assert "up to date" not in house.output[before:]


async def stopped_by_down(house: RunningHouse) -> None:
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


async def test_whoever_is_killed_is_back_soon_and_no_orphan_stays(
    tmp_path, stand_ins, lived_in
):
    async with running_house(tmp_path, environment=stand_ins, like=lived_in) as house:
        await all_killed_and_back(house)
        await launcher_killed_and_started_again(house)
        await launcher_and_postgres_killed_with_a_pid_that_lives_on(house)


async def all_killed_and_back(house: RunningHouse) -> None:
    before = house.pids()
    for name in ALL:
        house.kill(name)

    for name in ALL:
        await house.restarted(name, before[name], within_s=5)
        assert f"{name} died (signal 9)" in house.output
    url = database_url(house, "medianest_auth", "medianest_auth")
    conn = await eventually(lambda: connected(url), within_s=5)
    await conn.close()


async def launcher_killed_and_started_again(house: RunningHouse) -> None:
    await eventually(lambda: house.pids().keys() == ALL)
    pids = house.pids()
    house.launcher.kill()
    await house.ended()

    house.start()
    await house.ready(within_s=25)

    assert all_gone(pids)
    assert house.pids().keys() == ALL


async def launcher_and_postgres_killed_with_a_pid_that_lives_on(
    house: RunningHouse,
) -> None:
    """After a power cut the number in postmaster.pid may belong to anybody."""
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


async def connected(url: str) -> "asyncpg.Connection[asyncpg.Record] | None":
    try:
        return await asyncpg.connect(url, timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return None


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


async def forget_roles(admin_url: str) -> None:
    admin = await asyncpg.connect(admin_url)
    for name in ("medianest_auth", "medianest_media", "medianest_status"):
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS {name}")
    await admin.close()


def last_word_of(house: RunningHouse) -> str:
    """Of the launcher itself: asyncpg may add that a connection broke off as Postgres
    was stopped."""
    said = [
        line for line in house.output.splitlines() if line.startswith("medianest: ")
    ]
    return said[-1]


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path, stand_ins):
    newer = stand_ins | {"MEDIANEST_MEDIA_MIGRATE_STATUS": "3"}
    with empty_house(tmp_path, environment=newer) as house:
        house.start()

        assert await house.ended() == 3

        last_word = last_word_of(house)
        assert "media cannot migrate its database" in last_word
        assert "a newer MediaNest was here" in last_word

        await migrated_alone(house)


async def migrated_alone(house: RunningHouse) -> None:
    """By the version that the database is of."""
    house.environment = dict(house.environment) | {
        "MEDIANEST_MEDIA_MIGRATE_STATUS": "0"
    }

    done = await house.command("migrate")

    assert done.returncode == 0
    assert "media      | up to date" in done.stdout
    assert not (house.data_dir / "house.json").exists()
    assert not (house.data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_service_that_cannot_live_ends_the_house(tmp_path, stand_ins, lived_in):
    ill = stand_ins | {"MEDIANEST_STATUS_EXIT_STATUS": "7"}
    with empty_house(tmp_path, environment=ill) as house:
        copy_house(lived_in, house.data_dir)
        house.start()

        assert await house.ended() == 1

        last_word = last_word_of(house)
        assert "status died 6 times in 60 s (status 7)" in last_word
        assert "I do not feel well" in last_word


async def test_there_may_be_two_of_each_on_servers_that_exist(
    tmp_path, stand_ins, postgres_url, redis_url
):
    existing = stand_ins | {
        "MEDIANEST_DATABASE_URL": postgres_url,
        "MEDIANEST_REDIS_URL": redis_url,
    }
    try:
        async with running_house(tmp_path, replicas=2, environment=existing) as house:
            facts = house.facts()

            assert facts.gateway_urls == (
                f"http://127.0.0.1:{house.port}",
                f"http://127.0.0.1:{house.port + 1}",
            )
            assert len(facts.media_addresses.split(",")) == 2
            ours = ALL - {"postgres", "valkey"}
            assert facts.processes.keys() == {f"{n}-{i}" for n in ours for i in (1, 2)}
            assert not (house.data_dir / "postgres").exists()
            media = psutil.Process(house.pids()["media-1"]).environ()
            assert media["MEDIANEST_MEDIA_REDIS_URL"] == redis_url
            assert "medianest_media" in media["MEDIANEST_MEDIA_DATABASE_URL"]
    finally:
        await forget_roles(postgres_url)
