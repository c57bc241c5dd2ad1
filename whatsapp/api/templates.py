"""Texts with places to fill in."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import AskingView, OwnRowsView, caller
from cube_demper.kernel.api import Input, StrictCharField
from whatsapp import selectors
from whatsapp.models import Language, Template
from whatsapp.services import templates


class TextsField(serializers.DictField):
    """A text by language: ``ru``, ``kk``, ``en``; at least one."""

    child = StrictCharField(max_length=10_000)

    @override
    def to_internal_value(self, data: Any) -> Any:
        texts = super().to_internal_value(data)
        if not texts or set(texts) - set(Language.values):
            raise serializers.ValidationError("Texts by language: ru, kk, en; at least one.")
        return texts


class TemplateInput(Input):
    """Variables stand in braces: `Заказ {order} отправлен.`"""

    name = StrictCharField(max_length=100)
    texts = TextsField()


class TemplateChangesInput(Input):
    """What is to be different."""

    name = StrictCharField(max_length=100, required=False)
    texts = TextsField(required=False)


class TemplateOutput(serializers.ModelSerializer[Template]):
    """A template, and the names of its variables."""

    texts = serializers.DictField(child=serializers.CharField())
    variables = serializers.SerializerMethodField()

    class Meta:
        model = Template
        fields = ("id", "name", "texts", "variables", "changed_at")

    def get_variables(self, template: Template) -> list[str]:
        return sorted(templates.variables_of(next(iter(template.texts.values()))))


class FillInput(Input):
    """What the variables stand for."""

    language = serializers.ChoiceField(choices=Language.values, required=False)
    variables = serializers.DictField(child=StrictCharField(max_length=500), required=False)


class FilledOutput(serializers.Serializer[Any]):
    """The text as it would be sent."""

    text = serializers.CharField()


class TemplateListView(OwnRowsView):
    """The seller's templates, newest first."""

    serializer_class = TemplateOutput

    @override
    def get_queryset(self) -> Any:
        return selectors.templates_of(self.seller)

    @extend_schema(request=TemplateInput, responses={201: TemplateOutput})
    def post(self, request: Request) -> Response:
        """Keep a text with places to fill in."""
        body = TemplateInput(data=request.data)
        body.is_valid(raise_exception=True)
        row = templates.create(user=self.seller, **body.validated_data, now=timezone.now())
        return Response(TemplateOutput(row).data, status=201)


class TemplateView(APIView):
    @extend_schema(responses=TemplateOutput)
    def get(self, request: Request, template_id: int) -> Response:
        """One template."""
        row = selectors.template_of(caller(request), template_id=template_id)
        return Response(TemplateOutput(row).data)

    @extend_schema(request=TemplateChangesInput, responses=TemplateOutput)
    def patch(self, request: Request, template_id: int) -> Response:
        """Change its name or its texts."""
        body = TemplateChangesInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        row = templates.change(
            user=caller(request),
            template_id=template_id,
            name=said.get("name"),
            texts=said.get("texts"),
            now=timezone.now(),
        )
        return Response(TemplateOutput(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, template_id: int) -> Response:
        """Forget it; messages that were made of it stay."""
        templates.delete(user=caller(request), template_id=template_id, now=timezone.now())
        return Response(status=204)


class PreviewView(AskingView):
    @extend_schema(request=FillInput, responses=FilledOutput)
    def post(self, request: Request, template_id: int) -> Response:
        """See what would be sent. Nothing is."""
        body = FillInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        text = templates.filled(
            user=caller(request),
            template_id=template_id,
            language=said.get("language", ""),
            variables=said.get("variables", {}),
        )
        return Response({"text": text})
