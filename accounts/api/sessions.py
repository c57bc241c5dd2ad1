"""The devices that are logged in."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnRowsView, PersonalView, person, sign_in_of
from accounts.services import sign_ins


class SessionOutput(serializers.Serializer[Any]):
    """A device that is logged in: the name is what its browser says, the time is to the minute."""

    id = serializers.IntegerField()
    device_name = serializers.CharField()
    address = serializers.IPAddressField(allow_null=True)
    begun_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField()
    is_current = serializers.SerializerMethodField()

    def get_is_current(self, sign_in: Any) -> bool:
        return bool(sign_in.pk == sign_in_of(self.context["request"]).pk)


class SessionListView(PersonalView, OwnRowsView):
    """Where you are logged in, the latest login first."""

    serializer_class = SessionOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return sign_ins.sign_ins_of(self.person, now=timezone.now())


class SessionView(PersonalView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: int) -> Response:
        """Log a device out: its tokens are worth nothing from now on."""
        sign_ins.end_sign_in(user=person(request), sign_in_id=session_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
