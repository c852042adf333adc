"""Rows of the view `accounts` as users."""

import asyncpg

from services.auth.domain.quotas import Quota
from services.auth.domain.users import Kind, User


def user_of(row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        granted=row["granted"],
        suspended=row["suspended"],
        created_at=row["created_at"],
        invited_by=row["invited_by"],
        version=row["version"],
        kind=Kind(row["kind"]),
        display_name=row["display_name"],
        locale=row["locale"],
        max_rating_age=row["max_rating_age"],
        movie_quota=quota(row["movie_limit"], row["movie_days"]),
        series_quota=quota(row["series_limit"], row["series_days"]),
        allowed_movie_quota=quota(
            row["allowed_movie_limit"], row["allowed_movie_days"]
        ),
        allowed_series_quota=quota(
            row["allowed_series_limit"], row["allowed_series_days"]
        ),
        library_ids=tuple(row["library_ids"]),
    )


def quota(limit: int | None, days: int | None) -> Quota | None:
    return None if limit is None or days is None else Quota(limit, days)


def shown(quota: Quota | None) -> str | None:
    """A quota for the audit log."""
    return f"{quota.limit} in {quota.days} days" if quota else None


def limits(movies: Quota | None, series: Quota | None) -> tuple[int | None, ...]:
    """Quotas as they stand in a row."""
    return (
        movies.limit if movies else None,
        movies.days if movies else None,
        series.limit if series else None,
        series.days if series else None,
    )
