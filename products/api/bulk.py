"""Many products changed at once: asked for, rehearsed, followed, taken back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import CodeField, Input, StrictIntegerField, TiynField
from products import selectors
from products.api.filters import ProductFilter
from products.api.rules import SheetSerializer
from products.api.serializers import PriceInput, StrictBooleanField
from products.models import OPEN_BULK_STATES, BulkEdit, BulkRow, Product, RowState
from products.services.bulk_changes import AMOUNTS, BASES
from products.services.bulk_edits import MOST_ROWS, Line, Order, order_edit, rehearse, undo_last

_MOST_SHOWN = 200  # rows of a rehearsal
_LONGEST_KEY = 200


class ReckonedInput(Input):
    """An amount made of what a product has: `of` × `times` + `plus_tiyn`, to the nearest tenge."""

    of = serializers.ChoiceField(choices=list(BASES))
    times = serializers.DecimalField(
        max_digits=9, decimal_places=4, min_value=0, max_value=1000, default=Decimal(1)
    )
    plus_tiyn = StrictIntegerField(min_value=-(10**12), max_value=10**12, default=0)

    @override
    def validate(self, attrs: Any) -> Any:
        return {**attrs, "times": float(attrs["times"])}


class BulkChangesInput(Input):
    """What is to become of each product: amounts as numbers, or reckoned; all else as for one."""

    floor_tiyn = PriceInput(required=False, allow_null=True)
    ceiling_tiyn = PriceInput(required=False, allow_null=True)
    step_tiyn = TiynField(required=False)
    floor = ReckonedInput(required=False)
    ceiling = ReckonedInput(required=False)
    step = ReckonedInput(required=False)
    is_paused = StrictBooleanField(required=False)
    paused_until = serializers.DateTimeField(required=False, allow_null=True)
    is_priority = StrictBooleanField(required=False)
    rules = SheetSerializer(required=False)

    @override
    def validate(self, attrs: Any) -> Any:
        if not attrs:
            raise serializers.ValidationError("Name at least one change.")
        changes = dict(attrs)
        for name in AMOUNTS:
            if f"{name}_tiyn" not in changes:
                continue
            if name in changes:
                raise serializers.ValidationError({name: f"Send this or {name}_tiyn, not both."})
            amount = changes.pop(f"{name}_tiyn")
            changes[name] = None if amount is None else {"tiyn": amount.tiyn}
        if changes.get("paused_until"):
            changes["paused_until"] = changes["paused_until"].isoformat()
        return changes


class BulkUpdateInput(Input):
    """The products by `ids`, or by `filter` with the parameters of the list.

    With `all_or_nothing` one refused product leaves all as they were. `dry_run` writes nothing.
    """

    ids = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=(1 << 63) - 1),
        required=False,
        min_length=1,
        max_length=MOST_ROWS,
    )
    filter = serializers.DictField(required=False)
    changes = BulkChangesInput()
    all_or_nothing = StrictBooleanField(default=False)
    dry_run = StrictBooleanField(default=False)

    @override
    def validate(self, attrs: Any) -> Any:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError("Name the products by `ids` or by `filter`.")
        return attrs


class ColumnsOutput(serializers.Serializer[Any]):
    """Those of a product's columns that changed."""

    floor_tiyn = serializers.IntegerField(source="floor", required=False, allow_null=True)
    ceiling_tiyn = serializers.IntegerField(source="ceiling", required=False, allow_null=True)
    step_tiyn = serializers.IntegerField(source="step", required=False, allow_null=True)
    is_paused = serializers.BooleanField(required=False)
    paused_until = serializers.DateTimeField(required=False, allow_null=True)
    is_priority = serializers.BooleanField(required=False)
    rules = SheetSerializer(required=False)

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        document = super().to_representation(instance)
        return {
            name: document[name] for name, field in self.fields.items() if field.source in instance
        }


class BulkRowOutput(serializers.Serializer[Any]):
    """One row. `number` is its line in the file, or its place among those named."""

    number = serializers.IntegerField()
    product_id = serializers.IntegerField(allow_null=True)
    sku = serializers.CharField()
    state = CodeField()
    before = ColumnsOutput()
    after = ColumnsOutput()
    code = serializers.CharField()
    detail = serializers.CharField()
    column = serializers.CharField()


class BulkEditOutput(serializers.Serializer[Any]):
    """A bulk edit and how far it is."""

    id = serializers.IntegerField()
    kind = CodeField()
    state = CodeField()
    all_or_nothing = serializers.BooleanField(source="is_whole")
    total = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    takes_back_id = serializers.IntegerField(allow_null=True)
    ordered_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class RehearsalOutput(serializers.Serializer[Any]):
    """What would become of the rows; `rows` are the first that would change or be refused."""

    total = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = BulkRowOutput(many=True)


key_parameter = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="asked twice with the same key, it happens once",
)


class BulkUpdateView(APIView):
    @extend_schema(
        operation_id="products_bulk_update",
        parameters=[key_parameter],
        request=BulkUpdateInput,
        responses={200: BulkEditOutput, 202: BulkEditOutput},
    )
    def post(self, request: Request) -> Response:
        """Change many products at once; more than 500 are a job (202) to be followed."""
        body = BulkUpdateInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        order = Order(
            lines=_lines(request, said),
            changes=said["changes"],
            is_whole=said["all_or_nothing"],
            key=key_of(request),
            asked=sha256(orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        )
        return edit_response(request, order, is_rehearsal=said["dry_run"])


class BulkUndoView(APIView):
    @extend_schema(
        operation_id="products_bulk_update_undo",
        request=None,
        responses={200: BulkEditOutput, 202: BulkEditOutput},
    )
    def post(self, request: Request) -> Response:
        """Take back the last bulk edit or import, but for what was changed again since."""
        return _shown(undo_last(user=caller(request), clock=timezone.now))


class BulkEditListView(OwnRowsView):
    """The seller's bulk edits and imports, newest first."""

    serializer_class = BulkEditOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return BulkEdit.objects.for_user(self.seller)


class BulkEditView(APIView):
    @extend_schema(responses=BulkEditOutput)
    def get(self, request: Request, edit_id: int) -> Response:
        """How far a bulk edit is."""
        edit = selectors.bulk_edit_of(caller(request), edit_id=edit_id)
        return Response(BulkEditOutput(edit).data)


class BulkRowListView(OwnRowsView):
    """What became of each row, in their order; `state=refused` shows what went wrong."""

    serializer_class = BulkRowOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> "QuerySet[BulkRow]":
        rows: QuerySet[BulkRow] = BulkRow.objects.for_user(self.seller)
        if "edit_id" not in self.kwargs:  # the API's description is drawn without one
            return rows
        edit = selectors.bulk_edit_of(self.seller, edit_id=self.kwargs["edit_id"])
        rows = rows.filter(edit=edit)
        state = str(self.request.query_params.get("state", "")).upper()
        return rows.filter(state=state) if state in RowState.values else rows


def edit_response(request: Request, order: Order, *, is_rehearsal: bool) -> Response:
    """Carry out an order, or tell what it would do."""
    user = caller(request)
    if not is_rehearsal:
        return _shown(order_edit(user=user, order=order, clock=timezone.now))
    rows = rehearse(user=user, order=order, now=timezone.now())
    states = [row.state for row in rows]
    told = {
        "total": len(rows),
        **{
            state.value.lower(): states.count(state)
            for state in (RowState.CHANGED, RowState.UNCHANGED, RowState.REFUSED)
        },
        "rows": [row for row in rows if row.state != RowState.UNCHANGED][:_MOST_SHOWN],
    }
    return Response(RehearsalOutput(told).data)


def key_of(request: Request) -> str:
    """The request's Idempotency-Key; empty without one."""
    key = str(request.headers.get("Idempotency-Key", "")).strip()
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise serializers.ValidationError({"Idempotency-Key": "At most 200 printable characters."})
    return key


def _shown(edit: BulkEdit) -> Response:
    status = 202 if edit.state in OPEN_BULK_STATES else 200
    return Response(BulkEditOutput(edit).data, status=status)


def _lines(request: Request, said: Mapping[str, Any]) -> list[Line]:
    if "ids" in said:
        return _named(request, list(dict.fromkeys(said["ids"])))
    rows = _narrowed(request, said["filter"]).order_by("pk").values_list("pk", "sku")
    return [Line(pk, sku) for pk, sku in rows[: MOST_ROWS + 1]]


def _named(request: Request, ids: Sequence[int]) -> list[Line]:
    own = Product.objects.for_user(caller(request)).filter(pk__in=ids)
    skus = dict(own.values_list("pk", "sku"))
    return [Line(pk if pk in skus else None, skus.get(pk, "")) for pk in ids]


def _narrowed(request: Request, said: Mapping[str, Any]) -> "QuerySet[Product]":
    asked = QueryDict(mutable=True)
    for name, value in said.items():
        if name not in ProductFilter.base_filters:
            raise serializers.ValidationError({"filter": f"There is no filter {name!r}."})
        values = value if isinstance(value, list) else [value]
        asked.setlist(
            name, [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
        )
    narrowed = ProductFilter(asked, queryset=selectors.listings_of(caller(request)))
    if not narrowed.is_valid():
        raise serializers.ValidationError({"filter": narrowed.errors})
    rows: QuerySet[Product] = narrowed.qs
    return rows


def _word(value: Any) -> str:
    """A value as a query says it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
