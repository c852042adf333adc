"""The door for those who comment on requests and on reports."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import comments_pb2, comments_pb2_grpc
from services.media.domain.commenting import (
    LONGEST_COMMENT,
    Comment,
    Commenting,
    CommentMissing,
    Thread,
    Topic,
)
from services.media.domain.requests.errors import RequestMissing
from services.media.rpc.fields import place_from_key, uuid_from_wire, words_from_wire
from services.media.rpc.reports import report_id_from_wire
from services.media.rpc.request_wire import time_to_wire

_Context = aio.ServicerContext[Any, Any]


class _Asked(Protocol):
    page_size: int
    page_token: str


class CommentsHandlers(comments_pb2_grpc.CommentsServiceServicer):
    def __init__(self, commenting: Commenting, pages: Pages) -> None:
        self._commenting = commenting
        self._pages = pages

    async def ListReportComments(
        self, request: comments_pb2.ListReportCommentsRequest, context: _Context
    ) -> comments_pb2.ListReportCommentsResponse:
        page, token = await self._page(_report(request.report_id), request, context)
        return comments_pb2.ListReportCommentsResponse(
            comments=map(comment_to_wire, page), next_page_token=token
        )

    async def CreateReportComment(
        self, request: comments_pb2.CreateReportCommentRequest, context: _Context
    ) -> comments_pb2.Comment:
        said = await self._commenting.say(
            _report(request.report_id),
            _text(request.text),
            once(request, context),
            by=identity.of(context),
        )
        return comment_to_wire(said)

    async def UpdateReportComment(
        self, request: comments_pb2.UpdateReportCommentRequest, context: _Context
    ) -> comments_pb2.Comment:
        edited = await self._commenting.edit(
            _report(request.report_id),
            _comment_id(request.comment_id),
            _text(request.text),
            by=identity.of(context),
        )
        return comment_to_wire(edited)

    async def DeleteReportComment(
        self, request: comments_pb2.DeleteReportCommentRequest, context: _Context
    ) -> Empty:
        await self._commenting.erase(
            _report(request.report_id),
            _comment_id(request.comment_id),
            by=identity.of(context),
        )
        return Empty()

    async def ListRequestComments(
        self, request: comments_pb2.ListRequestCommentsRequest, context: _Context
    ) -> comments_pb2.ListRequestCommentsResponse:
        page, token = await self._page(_request(request.request_id), request, context)
        return comments_pb2.ListRequestCommentsResponse(
            comments=map(comment_to_wire, page), next_page_token=token
        )

    async def CreateRequestComment(
        self, request: comments_pb2.CreateRequestCommentRequest, context: _Context
    ) -> comments_pb2.Comment:
        said = await self._commenting.say(
            _request(request.request_id),
            _text(request.text),
            once(request, context),
            by=identity.of(context),
        )
        return comment_to_wire(said)

    async def UpdateRequestComment(
        self, request: comments_pb2.UpdateRequestCommentRequest, context: _Context
    ) -> comments_pb2.Comment:
        edited = await self._commenting.edit(
            _request(request.request_id),
            _comment_id(request.comment_id),
            _text(request.text),
            by=identity.of(context),
        )
        return comment_to_wire(edited)

    async def DeleteRequestComment(
        self, request: comments_pb2.DeleteRequestCommentRequest, context: _Context
    ) -> Empty:
        await self._commenting.erase(
            _request(request.request_id),
            _comment_id(request.comment_id),
            by=identity.of(context),
        )
        return Empty()

    async def _page(
        self, thread: Thread, asked: _Asked, context: _Context
    ) -> tuple[Sequence[Comment], str]:
        of_list = f"comments {thread.topic.value} {thread.of}"
        size = self._pages.size(asked.page_size)
        after = place_from_key(self._pages.read(of_list, asked.page_token))
        by = identity.of(context)
        found = await self._commenting.page(thread, size + 1, after, by=by)
        return self._pages.cut(
            of_list,
            found,
            size,
            lambda each: (each.created_at.isoformat(), str(each.id)),
        )


def comment_to_wire(comment: Comment) -> comments_pb2.Comment:
    edited_at = comment.edited_at
    return comments_pb2.Comment(
        id=str(comment.id),
        author=comment.author,
        author_name=comment.author_name,
        text=comment.text,
        created_at=time_to_wire(comment.created_at),
        edited_at=None if edited_at is None else time_to_wire(edited_at),
    )


def _report(text: str) -> Thread:
    return Thread(Topic.REPORT, report_id_from_wire(text))


def _request(text: str) -> Thread:
    found = uuid_from_wire(text)
    if found is None:
        raise RequestMissing
    return Thread(Topic.REQUEST, found)


def _comment_id(text: str) -> UUID:
    found = uuid_from_wire(text)
    if found is None:
        raise CommentMissing
    return found


def _text(text: str) -> str:
    return words_from_wire(text, "text", LONGEST_COMMENT)
