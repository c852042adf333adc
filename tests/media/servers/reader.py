"""`python -m tests.media.servers.reader DATABASE_URL`: reads servers, to be killed."""

import asyncio
import sys

from kit.postgres import open_database
from tests.media.servers.house import ServersHouse


async def read(url: str) -> None:
    async with open_database(url, application="reader", max_connections=3) as database:
        await ServersHouse(database).syncing().run()


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1]))
