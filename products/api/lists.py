"""Products as their seller reads them: documents that PostgreSQL writes, the list in pages."""

import json
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from typing_extensions import override

from accounts.api.caller import OwnRowsView
from accounts.models import User
from cube_demper.kernel.api import Pages
from cube_demper.kernel.keyset import Page, address_of, page_of, read_cursor
from products import selectors
from products.api.filters import ProductFilter
from products.api.serializers import ProductOutput
from products.documents import FIELDS, SORTS, documented
from products.models import Product


class ProductPages(Pages):
    """How the pages are described; ``page_of`` reads them."""

    @override
    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        described["properties"] |= {
            "count": {"type": "integer", "description": "where it was asked for"},
            "is_estimate": {"type": "boolean", "description": "with a count"},
        }
        return described


class FieldsField(serializers.CharField):
    """Names of fields of a product, with commas between."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        names = [name.strip() for name in super().to_internal_value(data).split(",")]
        if unknown := sorted(set(names) - set(FIELDS)):
            raise serializers.ValidationError(f"A product has no field {unknown[0]!r}.")
        return names


class ProductListQuery(serializers.Serializer[Any]):
    """What may be asked of the list beside its filters."""

    sort = serializers.ChoiceField(
        choices=[way + name for name in SORTS for way in ("", "-")], default="-id"
    )
    count = serializers.ChoiceField(choices=["exact", "estimated"], required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=Pages.max_page_size, default=50)
    cursor = serializers.CharField(required=False, max_length=1000)

    @override
    def get_fields(self) -> Any:
        # Not an attribute: a serializer's own ``fields`` is one.
        return {**super().get_fields(), "fields": FieldsField(required=False, max_length=1000)}


class ProductListView(OwnRowsView):
    """The seller's products, newest first if nothing else is asked for."""

    serializer_class = ProductOutput
    filterset_class = ProductFilter
    pagination_class = ProductPages

    @override
    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Product.objects.none()  # the API's description is drawn without a database
        return selectors.listings_of(self.seller)

    @override
    @extend_schema(parameters=[ProductListQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The seller's products: filtered, ordered, counted and cut to `fields` on demand."""
        query = ProductListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        sort = asked["sort"]
        rows = self.filter_queryset(self.get_queryset())
        page = page_of(
            documented(rows, now=timezone.now(), fields=asked.get("fields", FIELDS)),
            sort=sort,
            sorts=SORTS,
            cursor=read_cursor(asked["cursor"], sort=sort, sorts=SORTS)
            if "cursor" in asked
            else None,
            size=asked["page_size"],
            columns=("document",),
        )
        return _response(request, page, _counted(rows, asked.get("count")))


def product_response(user: User, product_id: int, *, now: datetime) -> HttpResponse:
    """One product, as the list shows it. Raises ProductMissing."""
    document = selectors.document_of(user, product_id=product_id, now=now)
    return HttpResponse(document, content_type="application/json")


def _counted(rows: "QuerySet[Any]", how: str | None) -> dict[str, Any]:
    match how:
        case "exact":
            return {"count": rows.count(), "is_estimate": False}
        case "estimated":
            [plan] = json.loads(rows.order_by().values("pk").explain(format="json"))
            return {"count": plan["Plan"]["Plan Rows"], "is_estimate": True}
    return {}


def _response(request: Request, page: Page, counted: dict[str, Any]) -> HttpResponse:
    head = orjson.dumps(
        {
            **counted,
            "next": address_of(request, page.after),
            "previous": address_of(request, page.before),
        }
    )
    documents = ",".join([row["document"] for row in page.rows]).encode()
    body = b'%b,"results":[%b]}' % (head[:-1], documents)
    return HttpResponse(body, content_type="application/json")
