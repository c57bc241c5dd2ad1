"""A seller's cookies: which of a jar go where, and what an answer makes of the jar. Pure.

Every wire sends and renews by these rules, so a session can pass from one to another.
"""

import contextlib
import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from yarl import URL

from kaspi.ports import Cookie, CookieJar

XSRF_COOKIE = "XSRF-TOKEN"
_BALANCER_COOKIE = "mc-session"  # new on every answer, even an anonymous 401: it proves nothing
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
_SITES = {"strict": "Strict", "lax": "Lax", "none": "None"}


def header(jar: CookieJar, url: URL, *, now: float | None = None) -> dict[str, str]:
    """Make the Cookie header for a request to ``url``, none if no cookie belongs there.

    Longer paths come first, as in a browser, and values travel as they came.
    """
    now = time.time() if now is None else now
    chosen = [cookie for cookie in jar.cookies if _goes_to(cookie, url, now)]
    chosen.sort(key=lambda cookie: -len(cookie.path))
    text = "; ".join(f"{cookie.name}={cookie.value}" for cookie in chosen)
    return {"Cookie": text} if text else {}


def _goes_to(cookie: Cookie, url: URL, now: float) -> bool:
    return (
        (cookie.expires_at is None or cookie.expires_at > now)
        and (url.scheme == "https" or not cookie.is_secure)
        and _is_home(cookie.domain, url.host or "")
        and _is_below(cookie.path, url.path)
    )


def _is_home(domain: str, host: str) -> bool:
    return f".{host}".endswith(domain) if domain.startswith(".") else host == domain


def _is_below(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def renewed(jar: CookieJar, set_cookies: Iterable[str], *, url: URL, now: float) -> CookieJar:
    """Add what an answer from ``url`` set, replacing cookies of the same name and place.

    Expired ones leave; one for a foreign domain is ignored, as a browser would.
    """
    cookies = {(c.name, c.domain, c.path): c for c in jar.cookies}
    for text in set_cookies:
        cookie = _cookie(text, url, now)
        if cookie is not None and _is_home(cookie.domain, url.host or ""):
            cookies[cookie.name, cookie.domain, cookie.path] = cookie
    return CookieJar(
        tuple(c for c in cookies.values() if c.expires_at is None or c.expires_at > now)
    )


def _cookie(text: str, url: URL, now: float) -> Cookie | None:
    pair, *rest = text.split(";")
    name, is_pair, value = pair.partition("=")
    if not is_pair or not name.strip() or _UNSENDABLE.search(pair):
        return None
    more = {
        key.strip().lower(): said.strip() for key, _, said in (one.partition("=") for one in rest)
    }
    path = more.get("path", "")
    return Cookie(
        name=name.strip(),
        value=value.strip(),
        domain=_domain(more.get("domain", "").lstrip(".").lower(), url.host or ""),
        path=path if path.startswith("/") else url.path.rpartition("/")[0] or "/",
        expires_at=_expiry(more, now),
        is_secure="secure" in more,
        is_http_only="httponly" in more,
        same_site=_SITES.get(more.get("samesite", "").lower(), "Lax"),
    )


def _domain(asked: str, host: str) -> str:
    is_for_this_host_only = not asked or (asked == host and not _has_subdomains(host))
    return host if is_for_this_host_only else f".{asked}"


def _has_subdomains(host: str) -> bool:
    return "." in host and not host.replace(".", "").isdigit() and ":" not in host


def _expiry(more: Mapping[str, str], now: float) -> float | None:
    with contextlib.suppress(ValueError, OverflowError):
        if more.get("max-age"):
            return now + int(more["max-age"])
        if more.get("expires"):
            expires = parsedate_to_datetime(more["expires"].replace("-", " "))
            return expires.replace(tzinfo=expires.tzinfo or UTC).timestamp()
    return None


def essence(jar: CookieJar) -> frozenset[Cookie]:
    """What is worth saving of a jar: everything but the load balancer's chatter."""
    return frozenset(cookie for cookie in jar.cookies if cookie.name != _BALANCER_COOKIE)


def fingerprint(jar: CookieJar) -> str:
    """A name for what is in a jar, that tells nothing about it."""
    return hashlib.sha256(repr(sorted(map(_told, essence(jar)))).encode()).hexdigest()


def _told(cookie: Cookie) -> tuple[str, str, str, str]:
    return cookie.domain, cookie.path, cookie.name, cookie.value


def value_of(jar: CookieJar, name: str) -> str | None:
    """The value of the last cookie by that name."""
    return next((c.value for c in reversed(jar.cookies) if c.name == name), None)
