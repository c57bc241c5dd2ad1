"""Compressed bodies, as the caller accepts them or whether it does or not."""

import gzip
from collections.abc import Callable, Mapping
from typing import Final

import brotli
from aiohttp import web
from backports import zstd

_QUICK = 4

COMPRESS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zstd": zstd.compress,
    "br": lambda body: bytes(brotli.compress(body, quality=_QUICK)),
    "gzip": lambda body: gzip.compress(body, compresslevel=_QUICK, mtime=0),
}


def encode(answer: web.StreamResponse, *, mode: str, accepted: str) -> None:
    """Compress a body. `mode` is an encoding, `accepted` for the best accepted, or `never`."""
    name = _best(accepted) if mode == "accepted" else mode
    if name is None or not isinstance(answer, web.Response):
        return
    if isinstance(answer.body, bytes) and answer.body and "Content-Encoding" not in answer.headers:
        answer.body = COMPRESS[name](answer.body)
        answer.headers["Content-Encoding"] = name
        answer.headers.add("Vary", "Accept-Encoding")


def _best(accepted: str) -> str | None:
    names = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    refused = {part.partition(";")[0].strip() for part in accepted.split(",") if _is_zero(part)}
    return next((name for name in COMPRESS if name in names - refused), None)


def _is_zero(part: str) -> bool:
    weight = part.partition(";")[2].strip().replace(" ", "")
    return weight.startswith("q=0") and not weight.removeprefix("q=0").strip(".0")
