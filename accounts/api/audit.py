"""Who changed what."""

from typing import Any

from rest_framework import serializers
from typing_extensions import override

from accounts.api.caller import OwnRowsView
from accounts.api.filters import AuditFilter
from accounts.services import audit


class FieldChangeOutput(serializers.Serializer[Any]):
    """One field, from what to what; null before is new, null after is gone."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class AuditEntryOutput(serializers.Serializer[Any]):
    """One change: of the thing ``subject`` with its ``subject_id``, by an actor or by the house.

    ``actor_email`` is as it was then; ``key_prefix`` is of the key, where a script did it.
    """

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    subject = serializers.CharField()
    subject_id = serializers.CharField()
    changes = FieldChangeOutput(many=True, source="field_changes")
    actor_id = serializers.IntegerField(allow_null=True)
    actor_email = serializers.CharField()
    key_prefix = serializers.CharField()
    request_id = serializers.CharField()


class AuditView(OwnRowsView):
    """Who changed what of the seller's, and from what to what: the latest first."""

    serializer_class = AuditEntryOutput
    filterset_class = AuditFilter

    @override
    def get_queryset(self) -> Any:
        return audit.entries_of(self.seller)
