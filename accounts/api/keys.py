"""Keys for scripts."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnRowsView, PersonalView, person
from accounts.models import Scope
from accounts.services import api_keys
from cube_demper.kernel.api import CodeField, Input, StrictCharField


class ApiKeyInput(Input):
    """What a key is for, and whether a script may change things with it."""

    name = StrictCharField(max_length=80)
    scope = serializers.ChoiceField([scope.value.lower() for scope in Scope])

    def validate_scope(self, scope: str) -> Scope:
        return Scope(scope.upper())


class ApiKeyOutput(serializers.Serializer[Any]):
    """A key as it is known after it was made: by its beginning. Its use is kept to the minute."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scope = CodeField()
    made_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    used_from = serializers.IPAddressField(allow_null=True)


class NewApiKeyOutput(ApiKeyOutput):
    """The only answer that ever holds the ``key`` itself."""

    key = serializers.CharField()

    @override
    def to_representation(self, instance: api_keys.NewKey) -> dict[str, Any]:
        return {**ApiKeyOutput(instance.row).data, "key": instance.key}


class ApiKeyListView(PersonalView, OwnRowsView):
    """Your keys that still open, the newest first."""

    serializer_class = ApiKeyOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return api_keys.keys_of(self.person)

    @extend_schema(request=ApiKeyInput, responses={201: NewApiKeyOutput})
    def post(self, request: Request) -> Response:
        """Make a key that acts as you. The key is shown now and never again."""
        body = ApiKeyInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = api_keys.make_key(user=person(request), **body.validated_data, now=timezone.now())
        return Response(NewApiKeyOutput(made).data, status=status.HTTP_201_CREATED)


class ApiKeyView(PersonalView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """Make a key worthless from now on."""
        api_keys.revoke_key(user=person(request), key_id=key_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
