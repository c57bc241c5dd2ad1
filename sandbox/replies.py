"""Answers in the manner of the marketplace, good and bad."""

from typing import Any

import orjson
from aiohttp import web

_WALL = (
    "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body>"
    "<center><h1>403 Forbidden</h1></center><hr><center>nginx</center></body></html>"
)


class Refused(Exception):
    """Carries the answer that ends a request early, from any depth, to the gate."""

    def __init__(self, answer: web.StreamResponse) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_reply(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def json_bytes(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def html_reply(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def empty(status: int) -> web.Response:
    return web.Response(status=status)


def wall() -> web.Response:
    """The anti-bot wall: 403 with HTML, on any host, and no login will help."""
    return html_reply(_WALL, status=403)


def message(text: str, *, status: int) -> web.Response:
    return json_reply({"message": text}, status=status)
