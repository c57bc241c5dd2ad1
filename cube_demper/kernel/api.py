"""What every endpoint shares: strict input, money, pages."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils import json as json_strictly
from typing_extensions import override

from cube_demper.kernel.money import TIYN_PER_TENGE, Money

_ID = re.compile(r"[0-9]{1,19}")


class Input(serializers.Serializer[Any]):
    """A request body: a JSON object with no field that we don't know."""

    default_error_messages = {"unknown": "This field is not known here."}

    @override
    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        message = serializers.ErrorDetail(str(self.error_messages["unknown"]), code="unknown-field")
        faults: dict[str, Any] = {name: [message] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            details: Any = error.detail  # of a serializer always a dictionary
            faults |= details
        if faults:
            raise serializers.ValidationError(faults)
        return value


class StrictCharField(serializers.CharField):
    """Text that was sent as text: DRF would take the number 5 for "5"."""

    @override
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A number that was sent as a whole number: DRF would take the text "5" and 5.0 for 5."""

    @override
    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.INT64)
class TiynField(serializers.Field[Money, Any, int, Any]):
    """An integer number of tiyn, as ``Money``.

    ``whole_tenge`` refuses fractions of a tenge, which Kaspi can't show; ``minimum`` and
    ``maximum`` are in tenge.
    """

    default_error_messages = {
        "not_integer": "An integer number of tiyn is expected.",
        "fraction": "Kaspi shows whole tenge only: use a multiple of 100 tiyn.",
        "below": "At least {limit} tiyn is expected.",
        "above": "At most {limit} tiyn is expected.",
    }

    def __init__(
        self,
        *,
        whole_tenge: bool = True,
        minimum: int = 0,
        maximum: int = 1_000_000_000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.whole_tenge = whole_tenge
        self.minimum = Money.tenge(minimum)
        self.maximum = Money.tenge(maximum)

    @override
    def to_internal_value(self, data: Any) -> Money:
        if type(data) is not int:
            self._refuse("not_integer", "not-integer")
        money = Money(data)
        if self.whole_tenge and data % TIYN_PER_TENGE:
            self._refuse("fraction", "fraction-of-tenge")
        if money < self.minimum:
            self._refuse("below", "price-too-low", limit=self.minimum.tiyn)
        if money > self.maximum:
            self._refuse("above", "price-too-high", limit=self.maximum.tiyn)
        return money

    def _refuse(self, message: str, code: str, **values: int) -> None:
        text = self.error_messages[message].format(**values)
        raise serializers.ValidationError(text, code=code)

    @override
    def to_representation(self, value: Money) -> int:
        return value.tiyn


class JsonParser(JSONParser):
    """Reads JSON in UTF-8, whatever else the request calls its encoding.

    What is nested too deeply, or says a name twice in one object (which of the two is meant?), is
    unreadable like any other nonsense.
    """

    @override
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            body: dict[str, Any] = json.loads(
                stream.read().decode(),
                object_pairs_hook=_each_once,
                parse_constant=json_strictly.strict_constant,
            )
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None
        return body


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return read


class ReadyRenderer(BaseRenderer):
    """Sends on what a view has made."""

    @override
    def render(self, data: Any, *_: Any, **__: Any) -> Any:
        return data


class PngRenderer(ReadyRenderer):
    media_type = "image/png"
    format = "png"
    charset = None
    render_style = "binary"


class CodeField(serializers.CharField):
    """A stored code as the API speaks it: ``AT_FLOOR`` is read as ``at_floor``."""

    @override
    def to_representation(self, value: Any) -> str:
        return str(value).lower()


class Pages(CursorPagination):
    """Cursor pages over an immutable order: nothing is counted, nothing slips between pages."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"

    @override
    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _ID.fullmatch(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)  # made up: we only ever point at ids
        return cursor


class MomentPages(Pages):
    """Cursor pages of what has no numbers for ids: by the moment at which it was made."""

    @override
    def decode_cursor(self, request: Request) -> Any:
        cursor = CursorPagination.decode_cursor(self, request)
        if cursor and cursor.position is not None and not _is_moment(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


def _is_moment(said: str) -> bool:
    try:
        return datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False
