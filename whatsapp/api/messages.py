"""What is written and what came."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField
from products.api.bulk import key_of, key_parameter
from products.api.serializers import ExplanationOutput
from whatsapp import selectors, wording
from whatsapp.api.filters import ContactFilter, MessageFilter
from whatsapp.models import Contact, Language, Message, MessageState
from whatsapp.services import outbox, templates


class ContactOutput(serializers.ModelSerializer[Contact]):
    """A person. ``can_be_written`` is false for whoever asked to be left alone."""

    can_be_written = serializers.BooleanField(source="may_be_written")

    class Meta:
        model = Contact
        fields = (
            *("id", "phone", "name", "wrote_at", "written_at", "opted_out_at"),
            "can_be_written",
        )


class MessageOutput(serializers.ModelSerializer[Message]):
    """A message and how far it is. ``reason`` says why it waits, or why it was not sent."""

    contact = ContactOutput()
    kind = CodeField()
    state = CodeField()
    is_ours = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = (
            *("id", "contact", "is_ours", "kind", "text", "state", "state_at", "reason"),
            *("explanation", "due_at", "said_at", "created_at"),
        )

    def get_is_ours(self, message: Message) -> bool:
        return bool(message.state != MessageState.RECEIVED)

    @extend_schema_field(ExplanationOutput)
    def get_explanation(self, message: Message) -> Any:
        return wording.why(message.reason)


class SendInput(Input):
    """A text, or a template with what its variables stand for, to a phone number."""

    to = StrictCharField(max_length=40)
    text = StrictCharField(max_length=10_000, required=False)
    template_id = StrictIntegerField(min_value=1, required=False)
    language = serializers.ChoiceField(choices=Language.values, required=False)
    variables = serializers.DictField(child=StrictCharField(max_length=500), required=False)

    @override
    def validate(self, attrs: Any) -> Any:
        if ("text" in attrs) == ("template_id" in attrs):
            raise serializers.ValidationError("Give a text or a template, and not both.")
        return attrs


class SendView(APIView):
    @extend_schema(parameters=[key_parameter], request=SendInput, responses={202: MessageOutput})
    def post(self, request: Request) -> Response:
        """Write to somebody. It is sent when its turn comes; follow it by its `id`."""
        body = SendInput(data=request.data)
        body.is_valid(raise_exception=True)
        said, user = body.validated_data, caller(request)
        text = said.get("text", "")
        if "template_id" in said:
            text = templates.filled(
                user=user,
                template_id=said["template_id"],
                language=said.get("language", ""),
                variables=said.get("variables", {}),
            )
        now, key = timezone.now(), key_of(request)
        message = outbox.write(user=user, to=said["to"], text=text, key=key, now=now)
        return Response(_said(request, message.pk), status=202)


class MessageListView(OwnRowsView):
    """What the seller wrote and got, newest first."""

    serializer_class = MessageOutput
    filterset_class = MessageFilter

    @override
    def get_queryset(self) -> Any:
        return selectors.messages_of(self.seller)


class MessageView(APIView):
    @extend_schema(responses=MessageOutput)
    def get(self, request: Request, message_id: int) -> Response:
        """One message, and how far it is."""
        return Response(_said(request, message_id))

    @extend_schema(responses=MessageOutput)
    def delete(self, request: Request, message_id: int) -> Response:
        """Take back what was not begun yet."""
        user, now = caller(request), timezone.now()
        message = outbox.drop(user=user, message_id=message_id, now=now)
        return Response(_said(request, message.pk))


class ContactListView(OwnRowsView):
    """The people whom the seller writes to, or who wrote; the latest met first."""

    serializer_class = ContactOutput
    filterset_class = ContactFilter

    @override
    def get_queryset(self) -> Any:
        return selectors.contacts_of(self.seller)


def _said(request: Request, message_id: int) -> Any:
    return MessageOutput(selectors.message_of(caller(request), message_id=message_id)).data
