"""Titles in the words of the contract."""

from uuid import UUID

from medianest.media.v1 import pictures_pb2, titles_pb2
from services.media.domain.pictures.glance import Glance
from services.media.domain.presence import Have, Presence
from services.media.domain.titles import Kind, Title

KIND_TO_WIRE = {
    Kind.MOVIE: titles_pb2.Kind.MOVIE,
    Kind.SERIES: titles_pb2.Kind.SERIES,
}
KIND_FROM_WIRE = {
    titles_pb2.Kind.KIND_ANY: None,
    titles_pb2.Kind.MOVIE: Kind.MOVIE,
    titles_pb2.Kind.SERIES: Kind.SERIES,
}
HAVE_TO_WIRE = {
    Have.ABSENT: titles_pb2.Presence.ABSENT,
    Have.REQUESTED: titles_pb2.Presence.REQUESTED,
    Have.AVAILABLE: titles_pb2.Presence.AVAILABLE,
}


def title_to_wire(title: Title, presence: Presence | None = None) -> titles_pb2.Title:
    """Without a presence the message says nothing of it."""
    title_id = str(title.id)
    return titles_pb2.Title(
        id=title_id,
        kind=KIND_TO_WIRE[title.kind],
        name=title.name,
        original_name=title.original_name,
        year=title.year or 0,
        overview=title.overview,
        genres=title.genres,
        cast=title.cast,
        runtime_minutes=title.runtime_minutes or 0,
        popularity=title.popularity,
        vote_average=title.vote_average,
        vote_count=title.vote_count,
        poster_path=title.poster_path,
        tmdb_id=title.tmdb_id,
        imdb_id=title.imdb_id,
        tvdb_id=title.tvdb_id,
        original_language=title.original_language,
        presence=None if presence is None else presence_to_wire(presence),
        poster=poster_to_wire(title_id, title.poster),
        blocklisted=title.is_blocklisted,
    )


def poster_to_wire(title_id: str, poster: Glance | None) -> pictures_pb2.Poster | None:
    return _glance_to_wire("poster", title_id, poster) if poster else None


def backdrop_to_wire(title: Title) -> pictures_pb2.Poster | None:
    seen = title.backdrop
    return _glance_to_wire("backdrop", str(title.id), seen) if seen else None


def item_poster_to_wire(item_id: UUID, poster: Glance) -> pictures_pb2.Poster:
    return _glance_to_wire("item", str(item_id), poster)


def _glance_to_wire(kind: str, of: str, glance: Glance) -> pictures_pb2.Poster:
    version, color, preview = glance
    url = f"/v1/images/{kind}/{of}?v={version}"
    if not color:
        return pictures_pb2.Poster(url=url)
    return pictures_pb2.Poster(url=url, color=color, preview=preview)


def presence_to_wire(presence: Presence) -> titles_pb2.Presence:
    return titles_pb2.Presence(
        state=HAVE_TO_WIRE[presence.have],
        request_id=str(presence.request_id or ""),
        requested_by=presence.requested_by,
        requested_by_me=presence.requested_by_me,
        requested_by_name=presence.requested_by_name,
    )
