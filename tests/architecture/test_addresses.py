"""Every address asks who is calling, or stands on the list."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.unit

PUBLIC = {
    "/auth/register",
    "/auth/login",
    "/auth/refresh",
    "/auth/password/reset",
    "/auth/password/reset/confirm",
    "/auth/email/verify",
    "/kaspi/feed/a.xml",  # the address itself is the secret
    "/whatsapp/hooks/8c0f3b0e-5a52-4f0c-9a0e-0d6a3c1b7f10",  # the signature is the proof
    "/billing/plans",
    *(
        f"/billing/webhooks/{kind}"  # the signature is the proof
        for kind in ("check", "pay", "fail", "confirm", "refund", "cancel", "recurrent")
    ),
    "/schema/",
    "/docs",
    "/redoc",
    "/health/live",
    "/health/ready",
    "/admin",  # leads to /admin/, which asks by a page of its own
}
SAMPLES = {
    "int": "1",
    "uuid": "8c0f3b0e-5a52-4f0c-9a0e-0d6a3c1b7f10",
    "str": "a",
    "slug": "a",
    "path": "a",
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def addresses(patterns, prefix: str = "/") -> Iterator[str]:
    """Give a sample of every address outside the admin."""
    for pattern in patterns:
        route = prefix + filled_in(pattern)
        if route.startswith("/admin/"):
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def filled_in(pattern) -> str:
    route: str = pattern.pattern._route
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        kind = {"string": "str"}.get(kind, kind)
        route = route.replace(f"<{kind}:{name}>", SAMPLES[kind])
    return route


ALL = list(addresses(get_resolver().url_patterns))
CLOSED = sorted(set(ALL) - PUBLIC)


def test_the_list_of_public_addresses_names_only_what_exists():
    assert set(ALL) >= PUBLIC


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_address_asks_who_is_calling(address, method):
    response = Client().generic(method, address, b"{}", content_type="application/json")

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def admin_addresses(patterns, prefix: str = "/admin/") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from admin_addresses(pattern.url_patterns, prefix + filled_in(pattern))
        elif hasattr(pattern.pattern, "_route"):
            yield prefix + filled_in(pattern)


ADMIN = next(
    one
    for one in get_resolver().url_patterns
    if isinstance(one, URLResolver) and str(one.pattern) == "admin/"
)
ADMIN_PUBLIC = {"/admin/login/", "/admin/jsi18n/"}


@pytest.mark.parametrize("address", sorted(set(admin_addresses(ADMIN.url_patterns)) - ADMIN_PUBLIC))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_admin_page_asks_who_is_calling(address, method):
    response = Client().generic(method, address)

    assert response.status_code == 302
    assert response["Location"].startswith(("/admin/login/", "/admin/"))
