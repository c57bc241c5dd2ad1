"""A misconfigured server refuses to start, with a sentence."""

import math
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_MIN_SECRET_LENGTH = 32  # of the key that signs, and of the token that reads metrics


@register()
def secrets_are_set(**_: Any) -> Sequence[CheckMessage]:
    """Name each missing or unusable secret and what will not work without it."""
    problems: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < _MIN_SECRET_LENGTH:
        problems.append(
            Error(
                "SECRET_KEY is missing or short: nobody could stay logged in safely.",
                hint="Set it to at least 32 random characters.",
                id="demper.E001",
            )
        )
    if not settings.ENCRYPTION_KEYS:
        problems.append(
            Error(
                "ENCRYPTION_KEY is missing: Kaspi sessions could not be kept.",
                hint="Set it to a Fernet key, or to several with the newest first.",
                id="demper.E002",
            )
        )
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(
                Error(
                    f"ENCRYPTION_KEY number {position} is not a Fernet key "
                    "(32 bytes as URL-safe base64).",
                    id="demper.E003",
                )
            )
    return problems


@register()
def metrics_token_is_long(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a token that could be guessed. None is fine: then nobody reads the metrics."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= _MIN_SECRET_LENGTH:
        return []
    return [
        Error(
            "METRICS_TOKEN is short: anybody could find it by trying.",
            hint="Set it to at least 32 random characters, or to nothing.",
            id="demper.E007",
        )
    ]


@register()
def budgets_make_sense(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a budget of nothing, which would stop every read without a word, or of everything."""
    names = (
        "GLOBAL_RPS",
        "MAX_CONCURRENT_TASKS",
        "REGISTRATIONS_PER_HOUR",
        "INSTANCE_COUNT",
        "KASPI_OFFERS_RPS",
        "KASPI_PUSH_RPS",
        "LOOK_INTERVAL_S",
        "LOOK_SHORTEST_S",
        "SERVICE_FALLS_PERCENT",
        "STORE_JUMPS_PERCENT",
    )
    budgets = {name: getattr(settings, name) for name in names}
    return [
        Error(f"{name} is {budget}: it must be a number above 0.", id="demper.E004")
        for name, budget in budgets.items()
        if not 0 < budget < math.inf
    ]


@register()
def proxies_are_counted(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a number of proxies that is none: callers would be taken for one another."""
    if settings.PROXY_COUNT >= 0:
        return []
    return [
        Error(f"PROXY_COUNT is {settings.PROXY_COUNT}: it must be 0 or more.", id="demper.E008")
    ]


@register()
def transports_are_known(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a transport that nobody wrote."""
    names = ("KASPI_TRANSPORT", "KASPI_STOREFRONT_TRANSPORT", "KASPI_CABINET_TRANSPORT")
    chosen = {name: getattr(settings, name) for name in names}
    return [
        Error(f'{name} is "{kind}": it must be "browser" or "http".', id="demper.E005")
        for name, kind in chosen.items()
        if kind not in {"browser", "http"}
    ]


@register()
def price_lists_name_points(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a way of naming points that no price list has."""
    if settings.KASPI_PRICE_LIST_STORE_IDS in {"short", "full"}:
        return []
    return [
        Error(
            f"KASPI_PRICE_LIST_STORE_IDS is {settings.KASPI_PRICE_LIST_STORE_IDS!r}: "
            "no price list could be served.",
            hint="Set it to short (PP1) or full (12345678_PP1).",
            id="demper.E006",
        )
    ]
