"""Asking an assistant, and stopping it."""

from collections import deque
from collections.abc import Generator
from contextlib import ExitStack, closing
from typing import Any, Self

import orjson
from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from ai.api.serializers import ChatInput, TurnOutput
from ai.ports import Delta
from ai.seats import SEATS
from ai.services import conversations
from ai.services.answering import Used, answer
from ai.services.conversations import Asked
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.problems import describe
from news.api.events import EventStreamRenderer
from news.seats import Seat

_STREAM = EventStreamRenderer.media_type
# The second one is for a proxy of the kind of nginx, which would gather lines.
_NOT_GATHERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ChatView(APIView):
    renderer_classes = (JSONRenderer, EventStreamRenderer)

    @extend_schema(
        request=ChatInput,
        responses={
            (200, "application/json"): TurnOutput,
            (200, _STREAM): OpenApiTypes.STR,
        },
    )
    def post(self, request: Request) -> Response | StreamingHttpResponse:
        """Ask an assistant; read its answer whole, or as it is written.

        With `Accept: text/event-stream` come `started` (the message, empty yet), `delta` (`text` to
        append), `tool` (`name` of one that was used), and at the end `done` (the whole message) or
        `problem` (a problem document). Whoever hangs up stops the answer.
        """
        body = ChatInput(data=request.data)
        body.is_valid(raise_exception=True)
        said, user = body.validated_data, caller(request)
        with ExitStack() as ending:
            seat = SEATS.take(user.pk, most=settings.AI_STREAMS, now=timezone.now())
            ending.callback(seat.leave)
            asked = conversations.ask(
                user=user,
                assistant=said["assistant"],
                conversation_id=said["conversation_id"],
                text=said["text"],
                attachments=said.get("attachments", ()),
                language=said["language"],
                now=timezone.now(),
            )
            if request.accepted_renderer.format == EventStreamRenderer.format:
                ending.pop_all()  # the stream leaves its seat itself
                return StreamingHttpResponse(
                    AnswerStream(asked, seat), content_type=_STREAM, headers=_NOT_GATHERED
                )
            with closing(answer(asked, clock=timezone.now)) as pieces:
                deque(pieces, maxlen=0)
        return Response(TurnOutput(asked.answer).data)


class StopView(APIView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, conversation_id: int) -> Response:
        """Have the running answer end where it is; what is written of it stays."""
        conversations.stop(
            user=caller(request), conversation_id=conversation_id, now=timezone.now()
        )
        return Response(status=202)


class AnswerStream:
    """The bytes of an answer as it is written. Whoever gets it must close it: it keeps a seat."""

    def __init__(self, asked: Asked, seat: Seat) -> None:
        self._lines = _lines(asked)
        self._asked = asked
        self._seat = seat

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        try:
            self._lines.close()
            conversations.abandon(self._asked, now=timezone.now())
        finally:
            self._seat.leave()


def _lines(asked: Asked) -> Generator[bytes]:
    yield _event("started", TurnOutput(asked.answer).data)
    try:
        with closing(answer(asked, clock=timezone.now)) as pieces:
            for piece in pieces:
                match piece:
                    case Delta(text):
                        yield _event("delta", {"text": text})
                    case Used(tool):
                        yield _event("tool", {"name": tool})
    except DomainError as trouble:
        problem = describe(trouble)
        if problem is None:
            raise
        yield _event("problem", problem.document())
        return
    yield _event("done", TurnOutput(asked.answer).data)


def _event(kind: str, said: Any) -> bytes:
    return f"event: {kind}\ndata: {orjson.dumps(said).decode()}\n\n".encode()
