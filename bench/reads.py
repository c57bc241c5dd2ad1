"""How many offers a second one sandbox answers, beside a server that does nothing."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

from bench.processes import cpu_s, pss_mb
from bench.sandbox import unlimited_sandbox
from bench.servers import HOME
from bench.table import show

_CARDS = 100_000
_ASKED = 5_000
_AT_ONCE = 32
_FOR_S = 8.0
_BODY = json.dumps({"cityId": "750000000", "limit": 50, "page": 0, "sortOption": "PRICE"}).encode()
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Figures:
    """One server under load."""

    answers: int
    failed: int
    seconds: float
    cpu_s: float
    bytes: int
    memory_mb: float

    @property
    def a_second(self) -> float:
        """How many it answered while the load ran."""
        return self.answers / self.seconds

    @property
    def a_core(self) -> float:
        """How many it answers for each second of its own processor time."""
        return self.answers / self.cpu_s


def measure() -> None:
    """One sandbox of 100 000 cards, 5 000 of them asked for, to a handler that does nothing."""
    began = time.perf_counter()
    with unlimited_sandbox(cards=_CARDS) as urls:
        ready_s = time.perf_counter() - began
        shop = urls["KASPI_SHOP_URL"]
        pid = httpx.get(f"{shop}/_sandbox/health").json()["pid"]
        skus = httpx.get(f"{shop}/_sandbox/cards", params={"count": _ASKED}).json()["cards"]
        paths = [f"/yml/offer-view/offers/{sku}" for sku in skus]
        cold = asyncio.run(_load(shop, paths, pid, answers=len(paths)))
        warm = asyncio.run(_load(shop, paths, pid))
    with _plain_server(warm.bytes // warm.answers) as (address, pid):
        plain = asyncio.run(_load(address, paths, pid))
    show(
        "reads",
        [
            (f"{_CARDS:,} cards: start to the first answer", f"{ready_s:.1f} s"),
            ("first look at a card", f"{cold.a_second:,.0f} a second"),
            ("first looks for a second of its processor", f"{cold.a_core:,.0f}"),
            ("any later look", f"{warm.a_second:,.0f} a second, {warm.failed} failed"),
            ("later looks for a second of its processor", f"{warm.a_core:,.0f}"),
            ("bytes an answer", f"{warm.bytes / warm.answers:,.0f}"),
            ("a handler that does nothing, as many bytes", f"{plain.a_second:,.0f} a second"),
            ("the same, for a second of its processor", f"{plain.a_core:,.0f}"),
            ("the sandbox to that handler", f"1 : {plain.a_core / warm.a_core:.2f}"),
            ("memory (PSS) after it", f"{warm.memory_mb:.0f} MB"),
        ],
    )


async def _load(
    address: str, paths: Sequence[str], pid: int, *, answers: int | None = None
) -> Figures:
    """Ask over open connections, each its next question as soon as it has its answer."""
    url = urlsplit(address)
    requests = [_request(path, url.netloc) for path in paths]
    until = time.perf_counter() + _FOR_S if answers is None else float("inf")
    queue = itertools.cycle(requests) if answers is None else iter(requests)
    used, began = cpu_s([pid]), time.perf_counter()
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(_AT_ONCE):
        _, reader = await loop.create_connection(
            lambda: Reader(queue, until), url.hostname or "", url.port or 80
        )
        readers.append(reader)
    for reader in readers:
        await reader.done
    return Figures(
        answers=sum(reader.answers for reader in readers),
        failed=sum(reader.failed for reader in readers),
        seconds=time.perf_counter() - began,
        cpu_s=cpu_s([pid]) - used,
        bytes=sum(reader.bytes for reader in readers),
        memory_mb=pss_mb([pid]),
    )


class Reader(asyncio.Protocol):
    """One connection. It reads no more of an answer than where it ends and whether it is good."""

    def __init__(self, queue: Iterator[bytes], until: float) -> None:
        self.answers = self.failed = self.bytes = 0
        self.done = asyncio.get_running_loop().create_future()
        self._queue = queue
        self._until = until
        self._left = -1
        self._head = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        self._ask()

    @override
    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            head, end, rest = self._head.partition(_END)
            if not end:
                return
            self._head = b""
            self._left = self._begin(head)
            data = rest
        self._left -= len(data)
        if self._left == 0:
            self._left = -1
            self._ask()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.failed += 1
            self.done.set_result(None)

    def _begin(self, head: bytes) -> int:
        self.answers += 1
        self.failed += b" 200 " not in head[:20]
        size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        self.bytes += size
        return size

    def _ask(self) -> None:
        request = next(self._queue, None) if time.perf_counter() < self._until else None
        if request is not None:
            self._transport.write(request)
            return
        self.done.set_result(None)
        self._transport.close()


def _request(path: str, host: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\n"
        f"Referer: http://{host}/shop/\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(_BODY)}"
    )
    return head.encode() + _END + _BODY


@contextmanager
def _plain_server(size: int) -> Iterator[tuple[str, int]]:
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "bench.plain_server", str(size)],
        cwd=HOME,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None:
            raise AssertionError
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()
