"""When a seller's WhatsApp writes, how much, and what it tells whom by itself."""

import re
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnersView, caller
from cube_demper.kernel.api import Input, StrictCharField, StrictIntegerField
from whatsapp.models import AlertKind, Language, OrderEvent
from whatsapp.selectors import preferences_of
from whatsapp.services import preferences

_CLOCK = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


@extend_schema_field({"type": "string", "pattern": _CLOCK.pattern})
class MinuteField(serializers.Field[int, Any, str, Any]):
    """A time of day in Almaty as ``21:30``, kept as minutes."""

    default_error_messages = {"invalid": "A time of day is expected, such as 21:30."}

    @override
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _CLOCK.fullmatch(data):
            self.fail("invalid")
        hours, minutes = data.split(":")
        return int(hours) * 60 + int(minutes)

    @override
    def to_representation(self, value: int) -> str:
        return f"{value // 60:02}:{value % 60:02}"


class CodesField(serializers.ListField):
    """Some of a list of codes, in lower case with hyphens."""

    def __init__(self, *, codes: list[str], **kwargs: Any) -> None:
        words = [code.lower().replace("_", "-") for code in codes]
        super().__init__(child=serializers.ChoiceField(choices=words), **kwargs)

    @override
    def to_internal_value(self, data: Any) -> list[str]:
        words = dict.fromkeys(super().to_internal_value(data))
        return [word.upper().replace("-", "_") for word in words]

    @override
    def to_representation(self, data: Any) -> list[str]:
        return [code.lower().replace("_", "-") for code in data]


class _Fields(Input):
    opens_at = MinuteField(required=False)
    closes_at = MinuteField(required=False)
    most_an_hour = StrictIntegerField(min_value=1, max_value=120, required=False)
    most_a_day = StrictIntegerField(min_value=1, max_value=1000, required=False)
    most_first_a_day = StrictIntegerField(min_value=0, max_value=100, required=False)
    language = serializers.ChoiceField(choices=Language.values, required=False)
    alerts = CodesField(codes=AlertKind.values, required=False)
    alert_phone = StrictCharField(max_length=40, allow_blank=True, required=False)
    summary_at = MinuteField(required=False)
    order_events = CodesField(codes=OrderEvent.values, required=False)
    review_after_days = StrictIntegerField(min_value=1, max_value=30, required=False)


class PreferencesInput(_Fields):
    """What is to be different. `alert_phone` empty: the number that is connected."""


class PreferencesOutput(_Fields):
    """When people are written to unasked, at most how often, and who is told what."""


class PreferencesView(OwnersView):
    @extend_schema(responses=PreferencesOutput)
    def get(self, request: Request) -> Response:
        """How the seller wants it."""
        return Response(PreferencesOutput(preferences_of(caller(request).pk)).data)

    @extend_schema(request=PreferencesInput, responses=PreferencesOutput)
    def patch(self, request: Request) -> Response:
        """Change hours, limits, alerts, and what buyers of orders are told."""
        body = PreferencesInput(data=request.data)
        body.is_valid(raise_exception=True)
        changed = preferences.change(
            user=caller(request), changes=body.validated_data, now=timezone.now()
        )
        return Response(PreferencesOutput(changed).data)
