"""Rules as sellers state them: for the account, for a store, for a product."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import caller
from cube_demper.kernel.api import Input, StrictCharField, StrictIntegerField, TiynField
from products import selectors
from products.api.serializers import PriceInput, StrictBooleanField
from products.pricing.modes import Mode, Outside
from products.pricing.newcomers import Basis
from products.pricing.rules import Alone, AtFloor, Reach, Rise, Strategy, WarPolicy
from products.pricing.sheets import margin_floor_from
from products.services.corridors import change_product
from products.services.rulebook import Rulebook
from products.services.sheets import change_sheet, sheet_of

_DAY_S = 86_400


class SheetPriceField(PriceInput):
    """A price, kept as the number of tiyn that was sent."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data).tiyn

    @override
    def to_representation(self, value: Any) -> int:
        return int(value)


class SheetCostField(SheetPriceField):
    """An amount a piece: any number of tiyn, nothing among them."""

    def __init__(self, **kwargs: Any) -> None:
        TiynField.__init__(self, whole_tenge=False, **kwargs)


@extend_schema_field(OpenApiTypes.DOUBLE)
class PercentField(serializers.Field[Any, Any, Any, Any]):
    """A share in percent, in hundredths at the finest."""

    default_error_messages = {
        "not_number": "A number of percent is expected.",
        "too_fine": "Hundredths of a percent are the finest.",
        "outside": "Between {lowest} and {highest} percent is expected.",
    }

    def __init__(self, *, lowest: float = 0, highest: float = 99.99, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest

    @override
    def to_internal_value(self, data: Any) -> Any:
        if type(data) not in {int, float}:
            self.fail("not_number")
        if not self.lowest <= data <= self.highest:
            self.fail("outside", lowest=self.lowest, highest=self.highest)
        if round(data, 2) != data:
            self.fail("too_fine")
        return data

    @override
    def to_representation(self, value: Any) -> Any:
        return value


class WordField(serializers.ChoiceField):
    """One of a few words, kept as the heart spells it: ``be_first`` is ``BE_FIRST``."""

    def __init__(self, words: Any, **kwargs: Any) -> None:
        super().__init__(choices=[word.value.lower() for word in words], **kwargs)

    @override
    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data)).upper()

    @override
    def to_representation(self, value: Any) -> str:
        return str(value).lower()


class ClockField(serializers.RegexField):
    """A time of day in Almaty: ``21:30``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", **kwargs)

    @override
    def to_representation(self, value: Any) -> str:
        return time.fromisoformat(value).isoformat("minutes")


class SpanInput(Input):
    """A span of the day; one that ends before it begins crosses midnight. Monday is 0."""

    begins = ClockField()
    ends = ClockField()
    weekdays = serializers.ListField(
        child=StrictIntegerField(min_value=0, max_value=6), required=False, min_length=1
    )


class HourCorridorInput(SpanInput):
    """Another corridor for a span of the day; the step stays."""

    floor_tiyn = SheetPriceField()
    ceiling_tiyn = SheetPriceField()

    @override
    def validate(self, attrs: Any) -> Any:
        if attrs["floor_tiyn"] > attrs["ceiling_tiyn"]:
            raise serializers.ValidationError("The floor is above the ceiling.")
        return attrs


def _entry(kind: type[Any], *args: Any, **kwargs: Any) -> Any:
    return kind(*args, required=False, allow_null=True, **kwargs)


def _seconds(most: int = 30 * _DAY_S) -> Any:
    return _entry(StrictIntegerField, min_value=1, max_value=most)


class TradingEntries(Input):
    """What a store's page says, too: when it works, and whom it does not compete with."""

    excluded_merchants = _entry(
        serializers.ListField, child=StrictCharField(max_length=64), max_length=200
    )
    working_hours = _entry(SpanInput, many=True)


class NewcomerEntries(Input):
    """The corridor of a product that a catalogue brings: shares of its price, or of its cost.

    With ``cost`` it begins when the cost is first said. Off without ``new_from``.
    """

    new_from = _entry(WordField, Basis)
    new_floor_percent = _entry(PercentField, lowest=0.01, highest=1000)
    new_ceiling_percent = _entry(PercentField, lowest=0.01, highest=10_000)


class SheetSerializer(TradingEntries):
    """A sheet of rules. What is not on it follows the wider sheet; null takes an entry off."""

    mode = _entry(WordField, Mode)
    canary_percent = _entry(PercentField, lowest=0.01)
    canary_quiet_s = _seconds()
    leap_percent = _entry(PercentField, lowest=0.01, highest=1000)
    outside = _entry(WordField, Outside)
    strategy = _entry(WordField, Strategy)
    position = _entry(StrictIntegerField, min_value=2, max_value=20)
    premium_percent = _entry(PercentField)
    fixed_tiyn = _entry(SheetPriceField)
    step_percent = _entry(PercentField)
    alone = _entry(WordField, Alone)
    at_floor = _entry(WordField, AtFloor)
    rise = _entry(WordField, Rise)
    ending = _entry(serializers.RegexField, r"^[0-9]{1,4}$")
    biggest_move_percent = _entry(PercentField, lowest=0.01, highest=1000)
    climb_by_tiyn = _entry(SheetPriceField)
    climb_every_s = _seconds()
    quiet_s = _seconds()
    tipping_lasts_s = _seconds()
    least_rating = _entry(PercentField, highest=5)
    least_reviews = _entry(StrictIntegerField, min_value=0, max_value=1_000_000)
    reach = _entry(WordField, Reach)
    with_preorders = _entry(StrictBooleanField)
    by_kaspi_only = _entry(StrictBooleanField)
    with_below_cost = _entry(StrictBooleanField)
    absurd_below_percent = _entry(PercentField)
    war_policy = _entry(WordField, WarPolicy)
    war_price_tiyn = _entry(SheetPriceField)
    war_lasts_s = _seconds()
    low_stock = _entry(StrictIntegerField, min_value=0, max_value=100_000)
    low_stock_rise_percent = _entry(PercentField, highest=1000)
    slow_after_s = _seconds(366 * _DAY_S)
    slow_drop_percent = _entry(PercentField)
    corridors = _entry(HourCorridorInput, many=True)
    cost_tiyn = _entry(SheetCostField)
    delivery_tiyn = _entry(SheetCostField)
    packing_tiyn = _entry(SheetCostField)
    other_costs_tiyn = _entry(SheetCostField)
    tax_percent = _entry(PercentField)
    returns_percent = _entry(PercentField)
    margin_percent = _entry(PercentField)
    commission_percent = _entry(PercentField)
    category = _entry(StrictCharField, max_length=300)

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Only what is on the sheet."""
        said = {name: self.fields[name] for name in instance if name in self.fields}
        return {name: field.to_representation(instance[name]) for name, field in said.items()}


class WiderSheetSerializer(NewcomerEntries, SheetSerializer):
    """A sheet for a store or for the account: it speaks of products to come, too."""


class MarginFloorOutput(serializers.Serializer[Any]):
    """The lowest price that pays for everything, and where each tiyn of it goes."""

    price_tiyn = TiynField(source="price")
    commission_tiyn = TiynField(source="commission")
    tax_tiyn = TiynField(source="tax")
    returns_tiyn = TiynField(source="returns")
    margin_tiyn = TiynField(source="margin")
    rounding_tiyn = TiynField(source="rounding")
    cost_tiyn = TiynField(source="costs.cost")
    delivery_tiyn = TiynField(source="costs.delivery")
    packing_tiyn = TiynField(source="costs.packing")
    other_costs_tiyn = TiynField(source="costs.other")


class ProductRulesOutput(serializers.Serializer[Any]):
    """A product's own rules, what holds with the wider sheets, and the floor its costs make.

    ``is_unpayable`` when costs and shares eat all of any price: nothing is published then.
    """

    rules = SheetSerializer()
    in_effect = SheetSerializer()
    margin_floor = MarginFloorOutput(allow_null=True)
    is_unpayable = serializers.BooleanField()


class ProductRulesView(APIView):
    @extend_schema(responses=ProductRulesOutput)
    def get(self, request: Request, product_id: int) -> Response:
        """A product's rules: its own, and those that hold."""
        return Response(_rules_of(request, product_id))

    @extend_schema(request=SheetSerializer, responses=ProductRulesOutput)
    def patch(self, request: Request, product_id: int) -> Response:
        """Change a product's own rules. It is looked at again within seconds."""
        change_product(
            user=caller(request),
            product_id=product_id,
            changes={"rules": _said(request, SheetSerializer)},
            now=timezone.now(),
        )
        return Response(_rules_of(request, product_id))


class AccountRulesView(APIView):
    @extend_schema(operation_id="account_rules_retrieve", responses=WiderSheetSerializer)
    def get(self, request: Request) -> Response:
        """The rules for all of the seller's stores."""
        sheet = sheet_of(user=caller(request), store_id=None)
        return Response(WiderSheetSerializer(sheet).data)

    @extend_schema(
        operation_id="account_rules_partial_update",
        request=WiderSheetSerializer,
        responses=WiderSheetSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change them; refused as a whole if a product would be left with rules that clash."""
        sheet = change_sheet(
            user=caller(request),
            store_id=None,
            changes=_said(request, WiderSheetSerializer),
            now=timezone.now(),
        )
        return Response(WiderSheetSerializer(sheet).data)


class StoreRulesView(APIView):
    @extend_schema(responses=WiderSheetSerializer)
    def get(self, request: Request, store_id: int) -> Response:
        """The rules for one store."""
        sheet = sheet_of(user=caller(request), store_id=store_id)
        return Response(WiderSheetSerializer(sheet).data)

    @extend_schema(request=WiderSheetSerializer, responses=WiderSheetSerializer)
    def patch(self, request: Request, store_id: int) -> Response:
        """Change them; refused as a whole if a product would be left with rules that clash."""
        sheet = change_sheet(
            user=caller(request),
            store_id=store_id,
            changes=_said(request, WiderSheetSerializer),
            now=timezone.now(),
        )
        return Response(WiderSheetSerializer(sheet).data)


def _said(request: Request, kind: type[Input]) -> Mapping[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    said: Mapping[str, Any] = body.validated_data
    return said


def _rules_of(request: Request, product_id: int) -> Any:
    product = selectors.product_of(caller(request), product_id=product_id)
    book = Rulebook.of([product.store.user_id], now=timezone.now())
    sheet = book.sheet_of(product)
    floor = margin_floor_from(sheet, tariff=book.tariff)
    document = {
        "rules": product.rules,
        "in_effect": sheet,
        "margin_floor": floor,
        "is_unpayable": floor is None and "cost_tiyn" in sheet,
    }
    return ProductRulesOutput(document).data
