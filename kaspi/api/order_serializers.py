from typing import Any

from rest_framework import serializers

from cube_demper.kernel.api import CodeField, Input, TiynField


class OrdersTokenInput(Input):
    """``token`` as Kaspi's cabinet shows it, or null to remove it."""

    token = serializers.RegexField(r"^[0-9A-Za-z+/=_-]{16,200}$", allow_null=True)


class OrdersAccessOutput(serializers.Serializer[Any]):
    """``state`` is `unproved` until the first reading, then `live`, or `refused` by Kaspi.

    ``reason`` and ``detail`` say why the latest reading failed, if it did.
    """

    store_id = serializers.IntegerField()
    state = CodeField()
    set_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    detail = serializers.CharField()


class OrderOutput(serializers.Serializer[Any]):
    """An order. ``state`` and ``status`` are Kaspi's words; ``is_known`` says if we know them."""

    id = serializers.IntegerField()
    store_id = serializers.IntegerField()
    code = serializers.CharField()
    state = CodeField()
    status = CodeField()
    is_known = serializers.BooleanField()
    total_tiyn = TiynField(source="total")
    delivery_mode = CodeField()
    is_kaspi_delivery = serializers.BooleanField()
    is_express = serializers.BooleanField()
    is_preorder = serializers.BooleanField()
    is_assembled = serializers.BooleanField()
    point_id = serializers.CharField()
    city = serializers.CharField()
    placed_at = serializers.DateTimeField()
    planned_delivery_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class OrderEntryOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    sku = serializers.CharField()
    master_sku = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    quantity = serializers.IntegerField()
    price_tiyn = TiynField(source="price")
    total_tiyn = TiynField(source="total")


class WholeOrderOutput(OrderOutput):
    """An order with its lines; ``entries_read_at`` is empty until they are read.

    ``buyer_name`` is a first name, empty once it is erased. Phones are never shown.
    """

    payment_mode = CodeField()
    delivery_cost_tiyn = TiynField(source="delivery_cost")
    is_signature_required = serializers.BooleanField()
    approved_at = serializers.DateTimeField(allow_null=True)
    courier_at = serializers.DateTimeField(allow_null=True)
    waybill_number = serializers.CharField()
    cancellation_reason = CodeField()
    buyer_name = serializers.CharField()
    erased_at = serializers.DateTimeField(allow_null=True)
    entries_read_at = serializers.DateTimeField(allow_null=True)
    entries = OrderEntryOutput(many=True)
