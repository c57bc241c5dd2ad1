"""Preorders as the API speaks of them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField
from preorders import selectors, wording
from preorders.models import LEAST_DAYS, MOST_DAYS, Preorder, PreorderState
from preorders.services.keeping import MOST_AT_ONCE, Terms
from products.api.serializers import ExplanationOutput, StrictBooleanField

_POINT = r"^PP[0-9]{1,5}$"


class PointField(serializers.RegexField):
    """A point of sale by its short name, ``PP1``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_POINT, **kwargs)


class TermsInput(Input):
    """What is wanted of a preorder; it starts at once unless it is told when, or is a draft."""

    days = StrictIntegerField(min_value=LEAST_DAYS, max_value=MOST_DAYS)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    pauses_repricing = StrictBooleanField(required=False)
    is_draft = StrictBooleanField(required=False)

    @override
    def validate(self, attrs: Any) -> Any:
        named = {name: attrs.pop(name) for name in tuple(attrs) if name in Terms.__slots__}
        return {**attrs, "terms": Terms(**named)}


class PreorderInput(TermsInput):
    """A preorder of one product at one of its points of sale."""

    product_id = StrictIntegerField(min_value=1)
    point_id = PointField()


class BulkPreordersInput(TermsInput):
    """Preorders of many products, at these points; without any, at each that sells the product."""

    product_ids = serializers.ListField(
        child=StrictIntegerField(min_value=1), min_length=1, max_length=MOST_AT_ONCE
    )
    point_ids = serializers.ListField(child=PointField(), required=False, max_length=50)


class PreorderChangesInput(Input):
    """What is to be different. ``state`` begins a draft, or one that failed."""

    days = StrictIntegerField(min_value=LEAST_DAYS, max_value=MOST_DAYS, required=False)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    pauses_repricing = StrictBooleanField(required=False)
    state = serializers.ChoiceField(choices=["pending"], required=False)

    @override
    def validate(self, attrs: Any) -> Any:
        return attrs | ({"state": PreorderState.PENDING} if "state" in attrs else {})


class BulkEndInput(Input):
    """Preorders that are to end."""

    ids = serializers.ListField(
        child=StrictIntegerField(min_value=1), min_length=1, max_length=MOST_AT_ONCE
    )


class PreorderOutput(serializers.ModelSerializer[Preorder]):
    """A preorder and how far it is. ``shown_days`` is what Kaspi shows because of it, by now."""

    product_id = serializers.IntegerField()
    store_id = serializers.IntegerField(source="product.store_id")
    sku = serializers.CharField(source="product.sku")
    title = serializers.CharField(source="product.title")
    state = CodeField()
    is_ending = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = Preorder
        fields = (
            *("id", "product_id", "store_id", "sku", "title", "point_id", "days", "shown_days"),
            *("starts_at", "ends_at", "pauses_repricing", "state", "state_at", "is_ending"),
            *("reason", "explanation", "created_at"),
        )

    def get_is_ending(self, preorder: Preorder) -> bool:
        return bool(preorder.ending)

    def get_reason(self, preorder: Preorder) -> str:
        return selectors.standing_of(preorder, now=timezone.now())

    @extend_schema_field(ExplanationOutput)
    def get_explanation(self, preorder: Preorder) -> Any:
        return wording.sentence(self.get_reason(preorder))


class DeclinedOutput(serializers.Serializer[Any]):
    """A product, at a point or as such, that got no preorder, and why."""

    product_id = serializers.IntegerField()
    point_id = StrictCharField()
    code = serializers.CharField(source="error.code")
    detail = serializers.CharField(source="error.detail")


class BulkPreordersOutput(serializers.Serializer[Any]):
    """What was begun, and what was not."""

    begun = PreorderOutput(many=True)
    declined = DeclinedOutput(many=True)


class BulkEndOutput(serializers.Serializer[Any]):
    """How many are over or on their way there, and the ids that are not yours."""

    ended = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.IntegerField())
