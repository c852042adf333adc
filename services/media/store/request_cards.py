"""A request with what is shown of its title, in one row."""

from uuid import UUID

import asyncpg

from services.media.domain.presence import Facts
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.episodes import unpacked
from services.media.domain.requests.errors import RequestMissing
from services.media.domain.requests.media_request import Card, MediaRequest
from services.media.domain.requests.states import State
from services.media.domain.titles import Kind
from services.media.store.posters import poster_of, with_posters

_REQUESTS = """
    SELECT id, title_id, state, requested_by, created_at, updated_at, decided_by,
           decline_reason, seasons, version, is_4k, episodes, future_only, words,
           asked_by, fulfiller_id, profile_id, folder, tags, failure, followers
      FROM requests
"""
_CARDS = with_posters(
    """
    SELECT asked.title_id, titles.kind, titles.name, titles.year,
           titles.poster_path, titles.genres, titles.vote_average,
           EXISTS (SELECT
                     FROM items
                    WHERE items.title_id = asked.title_id
                      AND items.state = 'OK') AS on_shelf,
           waiting.id AS open_request,
           coalesce(waiting.requested_by, '') AS open_by,
           coalesce(waiter.name, '') AS open_by_name,
           asked.id, asked.state, asked.requested_by,
           requesters.name AS requested_by_name,
           asked.created_at, asked.updated_at,
           asked.decided_by, asked.decline_reason, asked.seasons, asked.version,
           asked.is_4k, asked.episodes, asked.future_only, asked.words, asked.asked_by,
           asked.fulfiller_id, asked.profile_id, asked.folder, asked.tags,
           asked.failure, asked.followers,
           asked.followers > 0
               AND EXISTS (SELECT
                             FROM request_followers
                            WHERE request_followers.request_id = asked.id
                              AND request_followers.user_id = $1),
           [poster]
      FROM asked
 LEFT JOIN titles ON titles.id = asked.title_id
      JOIN requesters ON requesters.user_id = asked.requested_by
 LEFT JOIN LATERAL (
        SELECT first.id, first.requested_by
          FROM requests AS first
         WHERE first.title_id = asked.title_id
           AND first.state IN ('PENDING', 'APPROVED')
         ORDER BY first.created_at, first.id
         LIMIT 1
      ) AS waiting ON true
 LEFT JOIN requesters AS waiter ON waiter.user_id = waiting.requested_by
      [posters]
     ORDER BY asked.created_at DESC, asked.id DESC
    """,
    "titles",
)


def cards_of(chosen: str) -> str:
    """The statement that reads the cards of the requests that a condition chooses,
    newest first, for the user $1. The requests are chosen before anything is joined,
    so that the joins see a page and never the table."""
    return "WITH asked AS (" + _REQUESTS + chosen + ")" + _CARDS


_ONE = cards_of("WHERE id = $2")
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}


async def find_card(
    conn: "asyncpg.Connection[asyncpg.Record]", request_id: UUID, viewer: str
) -> MediaRequest:
    """As the user `viewer` sees it. Raises RequestMissing."""
    row = await conn.fetchrow(_ONE, viewer, request_id)
    if row is None:
        raise RequestMissing
    return card_of(row)


def card_of(row: asyncpg.Record) -> MediaRequest:
    # By position: twenty times a page, names cost a third of the time.
    (
        title_id,
        kind,
        name,
        year,
        poster_path,
        genres,
        vote_average,
        on_shelf,
        open_request,
        open_by,
        open_by_name,
        request_id,
        state,
        requested_by,
        requested_by_name,
        created_at,
        updated_at,
        decided_by,
        decline_reason,
        seasons,
        version,
        is_4k,
        episodes,
        future_only,
        words,
        asked_by,
        fulfiller_id,
        profile_id,
        folder,
        tags,
        failure,
        followers,
        followed_by_me,
        *poster,
    ) = row
    title = title_id and Card(
        title_id,
        _KINDS[kind],
        name,
        year,
        poster_path,
        genres,
        vote_average,
        Facts(on_shelf, open_request, open_by, open_by_name),
        poster_of(poster_path, *poster),
    )
    return MediaRequest(
        request_id,
        title,
        _STATES[state],
        requested_by,
        requested_by_name,
        created_at,
        updated_at,
        decided_by,
        decline_reason,
        seasons,
        version,
        is_4k,
        unpacked(episodes) if episodes else (),
        future_only,
        words,
        asked_by,
        Choices(fulfiller_id, profile_id, folder, tuple(tags)),
        failure,
        followers,
        followed_by_me,
    )
