from typing import Any

from django.utils import timezone
from rest_framework import serializers

from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField
from kaspi.models import Attention, Job


class ConnectInput(Input):
    email = serializers.EmailField(max_length=254)
    password = StrictCharField(max_length=128, trim_whitespace=False)


class CodeInput(Input):
    code = serializers.RegexField(r"^[0-9A-Za-z]{4,8}$")


class MerchantInput(Input):
    merchant_id = StrictCharField(max_length=64)


class SyncInput(Input):
    store_id = StrictIntegerField(required=False, allow_null=True, default=None, min_value=1)


class MerchantOutput(serializers.Serializer[Any]):
    merchant_id = serializers.CharField()
    name = serializers.CharField()


class LoginOutput(serializers.Serializer[Any]):
    """A login's state. ``reason`` is an error code; ``detail`` says what to do about it."""

    id = serializers.UUIDField()
    state = CodeField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    retry_at = serializers.DateTimeField(allow_null=True)
    choices = MerchantOutput(many=True)
    started_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class StoreOutput(serializers.Serializer[Any]):
    """A store. ``attention`` says why it stands still; ``attention_detail`` what to do."""

    id = serializers.IntegerField()
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    city_id = serializers.CharField()
    is_paused = serializers.BooleanField()
    is_connected = serializers.SerializerMethodField()
    attention = serializers.CharField()
    attention_detail = serializers.SerializerMethodField()
    attention_until = serializers.DateTimeField(allow_null=True)
    connected_at = serializers.DateTimeField()
    synced_at = serializers.DateTimeField(allow_null=True)

    def get_is_connected(self, store: Any) -> bool:
        return bool(store.session.state == "LIVE")

    def get_attention_detail(self, store: Any) -> str:
        return str(Attention(store.attention).label) if store.attention else ""


class JobOutput(serializers.Serializer[Any]):
    """A sync. ``done`` and ``total`` are listings; ``rate_per_s`` and ``eta_s`` while it runs."""

    id = serializers.UUIDField()
    store_id = serializers.IntegerField()
    state = CodeField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    rate_per_s = serializers.SerializerMethodField()
    eta_s = serializers.SerializerMethodField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_rate_per_s(self, job: Job) -> float | None:
        if job.started_at is None:
            return None
        end = job.finished_at or timezone.now()
        return round(job.done / max((end - job.started_at).total_seconds(), 0.001), 1)

    def get_eta_s(self, job: Job) -> float | None:
        rate = self.get_rate_per_s(job)
        if job.finished_at or not rate or job.total is None:
            return None
        return round(max(job.total - job.done, 0) / rate, 1)
