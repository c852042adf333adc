"""What is stored sealed, wherever that is, in Postgres."""

from kit.postgres import Database
from kit.sealing import Seal


class PostgresSealed:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    @property
    def key_id(self) -> str:
        return self._seal.key_id

    async def count_other(self) -> int:
        return int(
            await self._database.fetchval(
                """
                SELECT count(sealed)
                  FROM (SELECT sealed_secret AS sealed FROM second_factors
                        UNION ALL
                        SELECT token_sealed FROM identities
                        UNION ALL
                        SELECT reference_sealed FROM identity_attempts
                        UNION ALL
                        SELECT token_sealed FROM identity_revocations) AS kept
                 WHERE substring(sealed FOR length($1::bytea)) <> $1::bytea
                """,
                self._seal.head,
            )
        )
