"""Products as a table: out as CSV or xlsx, and back in."""

from hashlib import sha256
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import Input
from cube_demper.kernel.sheets import csv_blocks, write_xlsx
from kaspi.services.imports import refuse_large
from products import selectors
from products.api.bulk import BulkEditOutput, edit_response, key_of, key_parameter
from products.api.filters import ProductFilter
from products.models import BulkKind, Product
from products.services.bulk_edits import Order
from products.services.price_files import PriceFile, open_price_file
from products.services.tables import lines_of, table_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XML = "application/xml"
_MOST = (1 << 63) - 1
_PRICE_FILES = {"kaspi-xml": PriceFile.XML, "kaspi-xlsx": PriceFile.XLSX}


class ExportQuery(serializers.Serializer[Any]):
    """`kaspi-xml` and `kaspi-xlsx` are Kaspi's own price list of one store, named by `store_id`."""

    file = serializers.ChoiceField(choices=["csv", "xlsx", *_PRICE_FILES], default="csv")
    store_id = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["file"] in _PRICE_FILES and "store_id" not in attrs:
            raise serializers.ValidationError({"store_id": "A price list is that of one store."})
        return attrs


class TableInput(Input):
    """`file` is a CSV or xlsx with a column «Артикул» and others of the export.

    An empty cell leaves what is, «-» takes it away. Columns that can't be set are passed over.
    Kaspi's own price lists are for `POST /kaspi/stores/{id}/import`.
    """

    file = serializers.FileField(max_length=200)
    store_id = serializers.IntegerField(min_value=1, max_value=_MOST)
    all_or_nothing = serializers.BooleanField(default=True)
    dry_run = serializers.BooleanField(default=False)


class ExportView(OwnRowsView):
    """The seller's products as a table with Russian headers; the filters of the list narrow it."""

    serializer_class = serializers.Serializer
    filterset_class = ProductFilter
    pagination_class = None  # type: ignore[assignment]  # a file has no pages

    @override
    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Product.objects.none()  # the API's description is drawn without a database
        return selectors.listings_of(self.seller)

    @override
    @extend_schema(
        operation_id="products_export",
        parameters=[ExportQuery],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, _XLSX): OpenApiTypes.BINARY,
            (200, _XML): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The seller's products as a file: what it says can be changed there and sent back.

        As Kaspi's own price list it states what we state to Kaspi, for a store whose prices go that
        way; the cabinet takes it, and so does `POST /kaspi/stores/{id}/import`.
        """
        query = ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        kind, store_id = query.validated_data["file"], query.validated_data.get("store_id")
        products, now = self.filter_queryset(self.get_queryset()), timezone.now()
        if kind not in _PRICE_FILES:
            return _file(kind, table_of(products, now=now))
        form = _PRICE_FILES[kind]
        file = open_price_file(form, user=self.seller, store_id=store_id, among=products, now=now)
        said = {PriceFile.XML: f"{_XML}; charset=utf-8", PriceFile.XLSX: _XLSX}
        name = f"price-list-{store_id}.{form}"
        return FileResponse(file, as_attachment=True, filename=name, content_type=said[form])


class ImportTableView(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="products_import",
        parameters=[key_parameter],
        request=TableInput,
        responses={200: BulkEditOutput, 202: BulkEditOutput},
    )
    def post(self, request: Request) -> Response:
        """Change products as a table says: a bulk edit with a row for each line of the file."""
        refuse_large(int(request.META.get("CONTENT_LENGTH") or 0))  # before it is taken in
        body = TableInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        order = Order(
            lines=lines_of(said["file"], user=caller(request), store_id=said["store_id"]),
            changes={},
            is_whole=said["all_or_nothing"],
            kind=BulkKind.IMPORT,
            key=key_of(request),
            asked=_digest(said),
        )
        return edit_response(request, order, is_rehearsal=said["dry_run"])


def _file(kind: str, rows: Any) -> HttpResponseBase:
    name = f'attachment; filename="products.{kind}"'
    if kind == "csv":
        blocks = csv_blocks(rows)
        return StreamingHttpResponse(
            blocks, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
        )
    book = BytesIO()  # twenty thousand products are a megabyte
    write_xlsx(rows, book, title="Товары")
    return HttpResponse(book.getvalue(), content_type=_XLSX, headers={"Content-Disposition": name})


def _digest(said: Any) -> str:
    file = said["file"]
    file.seek(0)
    hashed = sha256(repr((said["store_id"], said["all_or_nothing"])).encode())
    for block in file.chunks():
        hashed.update(block)
    return hashed.hexdigest()
