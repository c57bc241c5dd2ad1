import re
from typing import Any

from rest_framework import serializers
from typing_extensions import override

from cube_demper.kernel.api import CodeField, Input, TiynField
from kaspi.models import Channel
from products.documents import ProductState
from products.services.newcomers import MAXIMUM_PRICE_TENGE, MINIMUM_PRICE_TENGE


class PriceInput(TiynField):
    """A price a seller may ask for, in tiyn: whole tenge between Kaspi's minimum and a billion."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(minimum=MINIMUM_PRICE_TENGE, maximum=MAXIMUM_PRICE_TENGE, **kwargs)


class StrictBooleanField(serializers.BooleanField):
    """True or false, not "yes" or 1."""

    @override
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(data)


class CardInput(serializers.CharField):
    """A card, by its number or by the address of its page: both end in the master sku."""

    default_error_messages = {"no-card": "A card's number or its address on kaspi.kz is expected."}
    _CARD = re.compile(
        r"(?:https?://(?:www\.)?kaspi\.kz/shop/p/[^?#]*-)?(?P<sku>[0-9]{5,12})/?(?:[?#].*)?"
    )

    @override
    def to_internal_value(self, data: Any) -> str:
        found = self._CARD.fullmatch(data.strip()) if isinstance(data, str) else None
        if found is None:
            self.fail("no-card")
        return found["sku"]


class ChannelInput(Input):
    """How the store's prices get to Kaspi: ``cabinet`` or ``price_list``."""

    channel = serializers.ChoiceField(choices=[channel.lower() for channel in Channel.values])

    def validate_channel(self, channel: str) -> Channel:
        return Channel(channel.upper())


class ProductChangesInput(Input):
    """Send what should change. ``floor_tiyn`` and ``ceiling_tiyn`` null take the corridor away.

    ``card`` says on which card an imported product is sold, where the file did not.
    """

    card = CardInput(required=False, source="master_sku", max_length=500)
    floor_tiyn = PriceInput(required=False, allow_null=True, source="floor")
    ceiling_tiyn = PriceInput(required=False, allow_null=True, source="ceiling")
    step_tiyn = TiynField(required=False, source="step")
    is_paused = StrictBooleanField(required=False)
    paused_until = serializers.DateTimeField(required=False, allow_null=True)
    is_priority = StrictBooleanField(required=False)


class ExplanationOutput(serializers.Serializer[Any]):
    """Why, in a sentence of each language; nothing before the first decision."""

    ru = serializers.CharField(required=False)
    kk = serializers.CharField(required=False)
    en = serializers.CharField(required=False)


class ProductOutput(serializers.Serializer[Any]):
    """A listing; or, where ``listing_id`` names one, a single city of it.

    PostgreSQL writes it (``products/documents.py``); this is its description.
    """

    id = serializers.IntegerField()
    store_id = serializers.IntegerField()
    listing_id = serializers.IntegerField(allow_null=True)
    sku = serializers.CharField()
    master_sku = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    brand = serializers.CharField(allow_null=True)
    category = serializers.CharField(allow_null=True)
    city_id = serializers.CharField()
    state = serializers.ChoiceField(choices=[one.value for one in ProductState])
    is_on_sale = serializers.BooleanField()
    is_paused = serializers.BooleanField()
    paused_until = serializers.DateTimeField(allow_null=True)
    is_priority = serializers.BooleanField()
    price_tiyn = TiynField(allow_null=True)
    floor_tiyn = TiynField(allow_null=True)
    ceiling_tiyn = TiynField(allow_null=True)
    step_tiyn = TiynField(allow_null=True)
    wanted_price_tiyn = TiynField(allow_null=True)
    reason = CodeField()
    explanation = ExplanationOutput()
    position = serializers.IntegerField(allow_null=True)
    outside_at = serializers.DateTimeField(allow_null=True)
    at_war_since = serializers.DateTimeField(allow_null=True)
    war_rival = serializers.CharField()
    cycling_since = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    looked_at = serializers.DateTimeField(allow_null=True)


class ChangeOutput(serializers.Serializer[Any]):
    state = CodeField()
    price_tiyn = TiynField(source="price")
    sent_at = serializers.DateTimeField(allow_null=True)
    promised_by = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField()
    losses = serializers.CharField()


class DecisionOutput(serializers.Serializer[Any]):
    """A decision, and the change it led to where it was worth one."""

    id = serializers.IntegerField()
    decided_at = serializers.DateTimeField()
    price_in_force_tiyn = TiynField(source="price_in_force", allow_null=True)
    wanted_price_tiyn = TiynField(source="wanted_price", allow_null=True)
    reason = CodeField()
    explanation = ExplanationOutput()
    rival_price_tiyn = TiynField(source="rival_price", allow_null=True)
    rival_name = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    change = ChangeOutput(required=False)

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        document = super().to_representation(instance)
        return {**document, "change": document.get("change")}
