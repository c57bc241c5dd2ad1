"""Pages of a list, and what happens to them while the list moves."""

from aiohttp import web

from sandbox.mishaps import fault_of


def window(request: web.Request, *, page: int, size: int) -> slice:
    """Which rows make a page. With the fault `duplicates` a row came in before this page."""
    moved = 1 if page and fault_of(request, "duplicates") else 0
    start = max(0, page * size - moved)
    return slice(start, start + size)
