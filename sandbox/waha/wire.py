"""HTTP/1.1 over asyncio's streams: all that one API needs, with nothing to install beside it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

_HEAD_MOST: Final = 64 * 1024
_BODY_MOST: Final = 10 * 1024 * 1024
JSON: Final = "application/json; charset=utf-8"


class BadWire(Exception):
    """What arrives is not a request we can read; the connection ends."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is as it came, `steps` its parts, decoded."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    address: str = ""

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(unquote(step) for step in self.path.split("/") if step)


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


# None breaks the connection without a word.
Respond = Callable[[Request], Awaitable[Answer | None]]


def json_answer(body: Any, *, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode())


@asynccontextmanager
async def listening(respond: Respond, bound: socket.socket) -> AsyncIterator[None]:
    """Serve on a socket while the block runs."""
    async with asyncio.TaskGroup() as group:
        conversations: set[asyncio.Task[None]] = set()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = group.create_task(_converse(respond, reader, writer))
            conversations.add(task)
            task.add_done_callback(conversations.discard)

        server = await asyncio.start_server(begin, sock=bound, limit=_HEAD_MOST)
        try:
            yield
        finally:
            server.close()
            for task in conversations:
                task.cancel()


async def _converse(
    respond: Respond, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one request after the other until either side has had enough."""
    try:
        while await _exchange(respond, reader, writer):
            pass
    except (BadWire, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        writer.transport.abort()
    finally:
        writer.close()


async def _exchange(
    respond: Respond, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer one request; say whether the connection stays."""
    request = await _read(reader, writer)
    answer = await respond(request) if request else None
    if request is None or answer is None:
        writer.transport.abort()
        return False
    stays = request.headers.get("connection", "").lower() != "close"
    writer.write(_render(answer, stays=stays))
    await writer.drain()
    return stays


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial:
            raise
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = _three(first)
    headers = dict(_header(line) for line in rest if line)
    size = headers.get("content-length", "0")
    if not (size.isascii() and size.isdigit()) or int(size) > _BODY_MOST:
        raise BadWire(size)
    if "transfer-encoding" in headers:
        raise BadWire("chunks")
    path, _, query = target.partition("?")
    peer = writer.get_extra_info("peername")
    return Request(
        method=method,
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=await reader.readexactly(int(size)),
        address=str(peer[0]) if peer else "",
    )


def _three(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != len(("method", "target", "version")):
        raise BadWire(line)
    return parts[0], parts[1], parts[2]


def _header(line: str) -> tuple[str, str]:
    name, found, value = line.partition(":")
    if not found:
        raise BadWire(line)
    return name.strip().lower(), value.strip()


def _render(answer: Answer, *, stays: bool) -> bytes:
    headers = {
        "Content-Type": answer.content_type,
        **answer.headers,
        "Content-Length": str(len(answer.body)),
        "Connection": "keep-alive" if stays else "close",
    }
    if not answer.body:
        del headers["Content-Type"]
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
