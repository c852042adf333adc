"""How this house is known to providers, in Postgres."""

from uuid import uuid4

from kit.postgres import Database


async def client_identifier(database: Database, provider: str) -> str:
    """The house's own name at the provider: made once, and the same ever after in
    every process. Raises DatabaseAway."""
    await database.execute(
        """
        INSERT INTO provider_clients (provider, identifier)
        VALUES ($1, $2)
            ON CONFLICT (provider) DO NOTHING
        """,
        provider,
        f"medianest-{uuid4().hex}",
    )
    return str(
        await database.fetchval(
            "SELECT identifier FROM provider_clients WHERE provider = $1", provider
        )
    )
