"""The price list at its secret address, as Kaspi fetches it."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from kaspi.services.price_lists import note_fetch
from products.services.feed import Feed, open_feed

_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<weight>[01](?:\.\d*)?)\s*)?(?=,|$)")


class WhateverIsAsked(BaseContentNegotiation):
    """There is one format here, whatever the ``Accept`` header wishes for."""

    @override
    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Document(FileResponse):
    """A file that is sent in blocks, and closed even when nobody takes it."""

    block_size = 64 * 1024


class FeedView(APIView):
    """The secret in the address is the right: nobody is asked who they are."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = WhateverIsAsked

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.STR}, auth=[])
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """Fetch the price list at this address."""
        now = timezone.now()
        price_list, feed = open_feed(key=key, now=now)
        note_fetch(price_list=price_list, fetched_by=request.headers.get("User-Agent", ""), now=now)
        return _answer(request, feed)

    @extend_schema(exclude=True)
    def head(self, request: Request, key: str) -> HttpResponseBase:
        """Say what a fetch would bring."""
        _, feed = open_feed(key=key, now=timezone.now())
        return _answer(request, feed)


def _answer(request: Request, feed: Feed) -> HttpResponseBase:
    is_packed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    tag = f'"{feed.digest[:32]}{"-gzip" if is_packed else ""}"'
    headers: dict[str, Any] = {
        "ETag": tag,
        "Last-Modified": http_date(feed.changed_at.timestamp()),
        "Vary": "Accept-Encoding",
        "Cache-Control": "private, no-cache",
    }
    changed_at = int(feed.changed_at.timestamp())
    known = get_conditional_response(request._request, etag=tag, last_modified=changed_at)  # noqa: SLF001 -- Django's own request, which DRF wraps
    if known is not None:
        feed.file.close()
        for name, value in headers.items():
            known[name] = value
        return known
    if is_packed:
        feed = feed.packed()
        headers["Content-Encoding"] = "gzip"
    kind = "application/xml; charset=utf-8"
    if request.method == "HEAD":
        headers["Content-Length"] = str(feed.length)
        feed.file.close()
        return HttpResponse(content_type=kind, headers=headers)
    feed.file.seek(0)
    return Document(feed.file, content_type=kind, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    found = _GZIP.search(accepted.lower())
    return found is not None and float(found["weight"] or 1) > 0
