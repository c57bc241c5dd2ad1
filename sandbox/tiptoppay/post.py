"""One request over a connection of its own, as the sender of notifications makes it."""

import asyncio
import http.client
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

_AT_ONCE: Final = 32
_MOST_BYTES: Final = 64 * 1024
_SENDERS: Final = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sender")


async def send(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
) -> tuple[int, bytes]:
    """Send, and give the status and the answer; a redirection is not followed.

    Raises OSError, http.client.HTTPException, or ValueError for a bad address.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_SENDERS, _send, method, url, dict(headers), body, timeout_s)


def _send(
    method: str, url: str, headers: dict[str, str], body: bytes, timeout_s: float
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname is None:
        raise ValueError(f"{url!r} is not an address to send to")
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES)
    finally:
        connection.close()
