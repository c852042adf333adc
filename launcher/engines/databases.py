"""Three services, three databases, three roles: each in its own and no other."""

from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from launcher.failures import CannotRun

EXTENSIONS = ("pg_trgm", "unaccent", "citext")
_TIMEOUT_S = 10.0
_CANNOT_CONNECT = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def name_of(service: str) -> str:
    """The name of a service's role and database."""
    return f"medianest_{service}"


def url_for(admin_url: str, name: str, password: str) -> str:
    """The administrator's URL, as the role `name` in the database `name`."""
    parts = urlsplit(admin_url)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(
            netloc=f"{name}:{quote(password, safe='')}@{where}", path=f"/{name}"
        )
    )


async def provide(admin_url: str, name: str, password: str) -> None:
    """Make the role, the database and its extensions where they are missing, so that
    `url_for` opens it. Raises CannotRun."""
    url = url_for(admin_url, name, password)
    try:
        admin = await asyncpg.connect(admin_url, timeout=_TIMEOUT_S)
        try:
            await _make(admin, name, password)
        finally:
            await admin.close()
        await _extend(_in_database(admin_url, name))
        await _ensure_opens(url, admin_url, name, password)
    except _CANNOT_CONNECT as exc:
        raise CannotRun(
            f"the database {name} cannot be made ready ({exc}): is"
            " MEDIANEST_DATABASE_URL an administrator's?"
        ) from exc


async def _make(
    admin: "asyncpg.Connection[asyncpg.Record]", name: str, password: str
) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await _set_password(admin, "CREATE ROLE %I LOGIN PASSWORD %L", name, password)
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        # To create a database for a role, an administrator who is not a superuser
        # must be a member of it.
        await _run(admin, "GRANT %I TO CURRENT_USER", name)
        await _run(
            admin,
            "CREATE DATABASE %1$I OWNER %1$I ENCODING 'UTF8' TEMPLATE template0",
            name,
        )
        await _run(admin, "REVOKE ALL ON DATABASE %I FROM PUBLIC", name)


async def _extend(url: str) -> None:
    conn = await asyncpg.connect(url, timeout=_TIMEOUT_S)
    try:
        rows = await conn.fetch("SELECT extname FROM pg_extension")
        there = {row["extname"] for row in rows}
        for extension in EXTENSIONS:
            if extension not in there:
                await _run(conn, "CREATE EXTENSION IF NOT EXISTS %I", extension)
    finally:
        await conn.close()


async def _ensure_opens(url: str, admin_url: str, name: str, password: str) -> None:
    """The role may be older than our secrets, when the data folder is new and the
    server is not: then it gets our password."""
    try:
        conn = await asyncpg.connect(url, timeout=_TIMEOUT_S)
    except asyncpg.InvalidPasswordError:
        admin = await asyncpg.connect(admin_url, timeout=_TIMEOUT_S)
        try:
            await _set_password(admin, "ALTER ROLE %I PASSWORD %L", name, password)
        finally:
            await admin.close()
    else:
        await conn.close()


async def _set_password(
    admin: "asyncpg.Connection[asyncpg.Record]", form: str, name: str, password: str
) -> None:
    statement = await admin.fetchval(
        "SELECT format($1, $2::text, $3::text)", form, name, password
    )
    await admin.execute(statement)


async def _run(
    conn: "asyncpg.Connection[asyncpg.Record]", form: str, name: str
) -> None:
    # Names cannot be parameters; the server itself quotes them.
    await conn.execute(await conn.fetchval("SELECT format($1, $2::text)", form, name))


def _in_database(admin_url: str, name: str) -> str:
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
