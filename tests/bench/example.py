"""The list that is measured: 20 requests for real films, 3.8 KB of protobuf and 9.3 KB
of JSON, the same in every run."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from medianest.media.v1.requests_pb2 import ListMediaRequestsResponse, MediaRequest
from medianest.media.v1.titles_pb2 import Kind, Presence, Title
from tests.data import CATALOG

_FIRST_ID = 0x019A_0000_0000_7000_8000_0000_0000_0000
_HAS_ALL = {"year", "genres", "poster_path", "popularity", "vote_count"}.issubset
_BEGAN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def a_list(items: int = 20, token: str = "") -> ListMediaRequestsResponse:
    with gzip.open(CATALOG / "movies.jsonl.gz", "rt") as lines:
        films = list(islice(filter(_HAS_ALL, map(json.loads, lines)), items))
    requests = [_request(number, film) for number, film in enumerate(films)]
    return ListMediaRequestsResponse(requests=requests, next_page_token=token)


def _request(number: int, film: dict[str, Any]) -> MediaRequest:
    request = MediaRequest(
        id=str(UUID(int=_FIRST_ID + number * 7919)),
        title=_title(film),
        state=MediaRequest.State.PENDING,
        requested_by_name=("Ada", "Grace", "Edsger")[number % 3],
    )
    at = _BEGAN - timedelta(seconds=number * 4711, microseconds=number * 131)
    request.created_at.FromDatetime(at)
    request.updated_at.FromDatetime(at)
    return request


def _title(film: dict[str, Any]) -> Title:
    return Title(
        kind=Kind.MOVIE,
        name=film["title"],
        year=film["year"],
        genres=film["genres"][:2],
        popularity=film["popularity"],
        vote_average=film["vote_average"],
        vote_count=film["vote_count"],
        poster_path=film["poster_path"],
        tmdb_id=film["id"],
        original_language=film["original_language"],
        presence=Presence(state=Presence.REQUESTED),
    )
