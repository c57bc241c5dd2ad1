"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.devices import device_name
from accounts.services.sign_ins import Device
from accounts.services.tries import KNOWN_FOR_S

_COOKIE = "demper_device"


def address_of(request: Request | HttpRequest) -> str | None:
    """The caller's address.

    Behind proxies of ours that is what the outermost of them heard, counted from the right end of
    ``X-Forwarded-For``: whatever stands further left, the caller may have written.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        said = forwarded[-min(settings.PROXY_COUNT, len(forwarded))].strip() or said
    try:
        return str(ip_address(said))
    except ValueError:
        return None  # a socket file has no address


def device_of(request: Request) -> Device:
    """What is known of the device that asks."""
    user_agent = request.META.get("HTTP_USER_AGENT", "")
    return Device(
        name=device_name(user_agent),
        address=address_of(request),
        known_as=request.COOKIES.get(_COOKIE, ""),
    )


def keep_known(response: Response, known_as: str) -> None:
    """Let a device say at its next login that it was here before. It opens nothing by itself."""
    response.set_cookie(
        _COOKIE,
        known_as,
        max_age=KNOWN_FOR_S,
        path="/auth/login",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )
