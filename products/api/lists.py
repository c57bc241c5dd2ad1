"""Products as their seller reads them: documents that PostgreSQL writes, the list in pages."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
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
from cube_demper.kernel.keyset import (
    Cursor,
    Page,
    address_of,
    page_from,
    page_query,
    read_cursor,
)
from cube_demper.kernel.statements import Statement, built
from kaspi.models import Store
from products import selectors
from products.api.filters import ProductFilter
from products.api.serializers import ProductOutput
from products.documents import FIELDS, SORTS, documented
from products.models import Product

_MARK = -(1 << 61)  # no id and no price of ours


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
        sort, text = asked["sort"], asked.get("cursor")
        cursor = read_cursor(text, sort=sort, sorts=SORTS) if text else None
        shape = Shape(tuple(asked.get("fields", FIELDS)), sort, asked["page_size"])
        count, counted = asked.get("count"), dict[str, Any]()
        if count or request.query_params.keys() & ProductFilter.base_filters.keys():
            rows = self.filter_queryset(self.get_queryset())
            found = list(_page_query(rows, shape, cursor, now=timezone.now()))
            counted = _counted(rows, count)
        else:
            found = plain_page(self.seller, shape, cursor, now=timezone.now())
        page = page_from(found, sort=sort, cursor=cursor, size=shape.size)
        return _response(request, page, counted)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a page of the list looks like, whoever's it is."""

    fields: tuple[str, ...]
    sort: str
    size: int


def plain_page(
    user: User, shape: Shape, cursor: Cursor | None, *, now: datetime
) -> list[tuple[Any, ...]]:
    """A page of all that a seller has: what is asked most, by a statement that is built once."""
    stores = list(Store.objects.for_user(user).values_list("pk", flat=True))
    if not stores:
        return []
    values = {"user": user.pk, "now": now}
    values |= dict(zip(_store_names(len(stores)), stores, strict=True))
    mark = None
    if cursor is not None:
        values |= {"value": cursor.value, "row_id": cursor.row_id}
        value = str(_MARK) if isinstance(cursor.value, str) else _MARK + 2
        mark = Cursor(shape.sort, value, _MARK + 1, cursor.is_backwards)
    return _statement(shape, mark, len(stores)).rows(values)


@lru_cache(maxsize=200)
def _statement(shape: Shape, cursor: Cursor | None, stores: int) -> Statement:
    marks: dict[str, Any] = {"user": _MARK, "now": datetime.min.replace(tzinfo=UTC)}
    marks |= {name: _MARK - 1 - place for place, name in enumerate(_store_names(stores))}
    if cursor is not None:
        marks |= {"row_id": cursor.row_id, "value": cursor.value}
    rows = Product.objects.for_user(User(pk=marks["user"])).filter(
        store__in=[marks[name] for name in _store_names(stores)], listing=None
    )
    query = _page_query(rows, shape, cursor, now=marks["now"])
    if shape.sort.removeprefix("-") == "id":
        marks.pop("value", None)  # the id is the value
    if "state" not in shape.fields:
        marks.pop("now")
    return built(query, marks)


def _store_names(number: int) -> list[str]:
    return [f"store {place}" for place in range(number)]


def _page_query(
    rows: "QuerySet[Any]", shape: Shape, cursor: Cursor | None, *, now: datetime
) -> "QuerySet[Any, Any]":
    return page_query(
        documented(rows, now=now, fields=shape.fields),
        sort=shape.sort,
        sorts=SORTS,
        cursor=cursor,
        size=shape.size,
        column="document",
    )


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
    documents = ",".join(page.rows).encode()
    body = b'%b,"results":[%b]}' % (head[:-1], documents)
    return HttpResponse(body, content_type="application/json")
