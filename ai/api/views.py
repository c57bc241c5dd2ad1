"""Conversations, suggestions and the month's allowance."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from ai import selectors
from ai.api.serializers import (
    OPINIONS,
    AllowanceOutput,
    ConversationOutput,
    OpinionInput,
    SuggestionOutput,
    TitleInput,
    TurnOutput,
)
from ai.services import budgets, conversations, suggestions


class ConversationListView(OwnRowsView):
    """The seller's conversations with assistants, the latest begun first."""

    serializer_class = ConversationOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.conversations_of(self.seller)


class ConversationView(APIView):
    @extend_schema(responses=ConversationOutput)
    def get(self, request: Request, conversation_id: int) -> Response:
        """One conversation; what was said in it stands under `messages`."""
        found = selectors.conversation_of(caller(request), conversation_id=conversation_id)
        return Response(ConversationOutput(found).data)

    @extend_schema(request=TitleInput, responses=ConversationOutput)
    def patch(self, request: Request, conversation_id: int) -> Response:
        """Give it another title."""
        body = TitleInput(data=request.data)
        body.is_valid(raise_exception=True)
        renamed = conversations.rename(
            user=caller(request),
            conversation_id=conversation_id,
            title=body.validated_data["title"],
            now=timezone.now(),
        )
        return Response(ConversationOutput(renamed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, conversation_id: int) -> Response:
        """Erase it with all that was said in it."""
        conversations.delete(
            user=caller(request), conversation_id=conversation_id, now=timezone.now()
        )
        return Response(status=204)


class MessageListView(OwnRowsView):
    """What was said in a conversation, the latest first."""

    serializer_class = TurnOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.messages_of(
            self.seller, conversation_id=self.kwargs.get("conversation_id", 0)
        )


class FeedbackView(APIView):
    @extend_schema(request=OpinionInput, responses=TurnOutput)
    def post(self, request: Request, conversation_id: int, message_id: int) -> Response:
        """Say whether an answer helped."""
        body = OpinionInput(data=request.data)
        body.is_valid(raise_exception=True)
        judged = conversations.judge(
            user=caller(request),
            conversation_id=conversation_id,
            message_id=message_id,
            opinion=OPINIONS[body.validated_data["opinion"]],
            remark=body.validated_data["remark"],
            now=timezone.now(),
        )
        return Response(TurnOutput(judged).data)


class SuggestionListView(OwnRowsView):
    """What assistants would change, the latest first. Nothing is changed unless it is confirmed."""

    serializer_class = SuggestionOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.suggestions_of(self.seller)


class ConfirmView(APIView):
    @extend_schema(request=None, responses=SuggestionOutput)
    def post(self, request: Request, suggestion_id: int) -> Response:
        """Do what was suggested, as if you had done it yourself. Within a day."""
        settled = suggestions.confirm(
            user=caller(request), suggestion_id=suggestion_id, now=timezone.now()
        )
        return Response(SuggestionOutput(settled).data)


class DeclineView(APIView):
    @extend_schema(request=None, responses=SuggestionOutput)
    def post(self, request: Request, suggestion_id: int) -> Response:
        """Do not do it."""
        settled = suggestions.decline(
            user=caller(request), suggestion_id=suggestion_id, now=timezone.now()
        )
        return Response(SuggestionOutput(settled).data)


class AllowanceView(APIView):
    @extend_schema(responses=AllowanceOutput)
    def get(self, request: Request) -> Response:
        """What assistants may spend this month, and have spent."""
        allowance = budgets.allowance_of(caller(request), now=timezone.now())
        return Response(AllowanceOutput(allowance).data)
