"""What a person at the terminal wants to know."""

from collections.abc import Mapping
from typing import Any

from cube_demper.local.settings import LocalSettings


def life_line(news: Mapping[str, Any]) -> str:
    """Say in one line how the system does."""
    if trouble := news.get("trouble"):
        return f"no pulse: {trouble}"
    return (
        f"{_round(news['looks_per_min'])} looks/min, {_round(news['pushes_per_min'])} pushes/min, "
        f"{news['at_wanted']} of {news['watched']} products at their wanted price, "
        f"{news['queued']} queued"
    )


def summary(settings: LocalSettings, demo: Mapping[str, Any]) -> str:
    """Say where to look, and as whom to log in."""
    web = f"http://127.0.0.1:{settings.web_port}"
    lines = [
        "Cube Demper runs.",
        "",
        *_row("API docs", f"{web}/docs"),
        *_row("Admin", f"{web}/admin/"),
    ]
    if not settings.has_marketplace:
        lines += _row("Sandbox market", f"{settings.sandbox_urls['KASPI_SHOP_URL']}/")
    if settings.plays_whatsapp:
        lines += _row("Sandbox phones", f"{settings.whatsapp['WAHA_SHARED_URL']}/_control/screen")
    if settings.plays_payments:
        lines += _row("Sandbox till", f"{settings.payments['TIPTOPPAY_URL']}/")
    if demo:
        lines += ["", *_row("Operator", _login(demo["operator"]))]
        for seller in demo["sellers"]:
            lines += _row("Seller", _login(seller))
            kaspi = {"email": seller["kaspi_email"], "password": seller["kaspi_password"]}
            lines += _row("  at the sandbox", _login(kaspi))
    return "\n".join([*lines, "", "Ctrl-C stops everything; the data stays in var/."])


def _row(name: str, text: str) -> list[str]:
    return [f"  {name:<17} {text}"]


def _login(account: Mapping[str, str]) -> str:
    return f"{account['email']}  password {account['password']}"


def _round(number: float) -> str:
    return f"{number:.0f}"
