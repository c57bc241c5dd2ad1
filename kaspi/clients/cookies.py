"""A seller's cookies, between our frozen jar and aiohttp's living one."""

import contextlib
import time
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, Morsel

import aiohttp
from yarl import URL

from kaspi.ports import Cookie, CookieJar

XSRF_COOKIE = "XSRF-TOKEN"
_BALANCER_COOKIE = "mc-session"  # new on every answer, even an anonymous 401: it proves nothing


def living(jar: CookieJar) -> aiohttp.CookieJar:
    """Make a jar that sends each cookie where it belongs. Must be called on the loop.

    Addresses without a name (127.0.0.1) are allowed, and values travel as they came, unquoted.
    """
    made = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
    for cookie in jar.cookies:
        # Analytics cookies with names that Python refuses are no part of a session.
        with contextlib.suppress(CookieError):
            made.update_cookies([(cookie.name, _morsel(cookie))], _home(cookie))
    return made


def _morsel(cookie: Cookie) -> "Morsel[str]":
    morsel: Morsel[str] = Morsel()
    morsel.set(cookie.name, cookie.value, cookie.value)
    morsel["path"] = cookie.path
    morsel["secure"] = cookie.is_secure
    if cookie.domain.startswith("."):
        morsel["domain"] = cookie.domain[1:]
    if cookie.expires_at is not None:
        morsel["max-age"] = str(max(0, round(cookie.expires_at - time.time())))
    return morsel


def _home(cookie: Cookie) -> URL:
    return URL.build(scheme="https", host=cookie.domain.lstrip("."), path=cookie.path)


def renewed(
    jar: CookieJar, set_cookies: "Iterable[Morsel[str]]", *, url: URL, now: float
) -> CookieJar:
    """Add what an answer from ``url`` set, replacing cookies of the same name and place.

    Expired ones leave; one for a foreign domain is ignored, as a browser would.
    """
    cookies = {(c.name, c.domain, c.path): c for c in jar.cookies}
    for morsel in set_cookies:
        cookie = _cookie(morsel, url, now)
        if _belongs(cookie, url):
            cookies[cookie.name, cookie.domain, cookie.path] = cookie
    return CookieJar(
        tuple(c for c in cookies.values() if c.expires_at is None or c.expires_at > now)
    )


def _cookie(morsel: "Morsel[str]", url: URL, now: float) -> Cookie:
    path = morsel["path"]
    return Cookie(
        name=morsel.key,
        value=morsel.value,
        domain=_domain(morsel["domain"].lstrip(".").lower(), url.host or ""),
        path=path if path.startswith("/") else url.path.rpartition("/")[0] or "/",
        expires_at=_expiry(morsel, now),
        is_secure=bool(morsel["secure"]),
        is_http_only=bool(morsel["httponly"]),
        same_site=str(morsel["samesite"] or "Lax").capitalize(),
    )


def _domain(asked: str, host: str) -> str:
    is_for_this_host_only = not asked or (asked == host and not _has_subdomains(host))
    return host if is_for_this_host_only else f".{asked}"


def _has_subdomains(host: str) -> bool:
    return "." in host and not host.replace(".", "").isdigit() and ":" not in host


def _expiry(morsel: "Morsel[str]", now: float) -> float | None:
    with contextlib.suppress(ValueError):
        if morsel["max-age"] != "":
            return now + int(morsel["max-age"])
        if morsel["expires"]:
            expires = parsedate_to_datetime(morsel["expires"].replace("-", " "))
            return expires.replace(tzinfo=expires.tzinfo or UTC).timestamp()
    return None


def _belongs(cookie: Cookie, url: URL) -> bool:
    return not cookie.domain.startswith(".") or f".{url.host}".endswith(cookie.domain)


def essence(jar: CookieJar) -> frozenset[Cookie]:
    """What is worth saving of a jar: everything but the load balancer's chatter."""
    return frozenset(cookie for cookie in jar.cookies if cookie.name != _BALANCER_COOKIE)


def value_of(jar: CookieJar, name: str) -> str | None:
    """The value of the last cookie by that name."""
    return next((c.value for c in reversed(jar.cookies) if c.name == name), None)
