"""What the clients talk to in tests: the sandbox, scripted answers, a limiter that counts."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
from aiohttp import web
from typing_extensions import override

from cube_demper.kernel.limiting.ports import Budget, Limiter, Priority, Quota
from kaspi.ports import Cookie, CookieJar

T = TypeVar("T")
PASSWORD = "Kaspi-2026"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0"
_HOME = Path(__file__).resolve().parents[3]


class Unlimited(Limiter):
    """Grants every turn at once, and remembers who asked for what."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, ...]] = []
        self.writes = 0
        self.frozen: list[tuple[str, float]] = []

    @override
    async def acquire(
        self,
        *budgets: Budget,
        deadline_s: float | None = None,
        is_write: bool = False,
        priority: Priority = Priority.BACKGROUND,
    ) -> int:
        self.turns.append(tuple(budget.key for budget in budgets))
        self.writes += is_write
        return 0

    @override
    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        """Every quota is known."""

    @override
    async def lift(self, key: str) -> None:
        """Nothing is closed for long."""

    @override
    async def freeze(self, key: str, *, seconds: float) -> None:
        self.frozen.append((key, seconds))

    @override
    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class Sandbox:
    """A sandbox marketplace that runs as a process of its own."""

    process: "subprocess.Popen[str]"
    identity_url: str
    cabinet_url: str
    shop_url: str
    switches: Mapping[str, Any]  # as they stood at the start

    @classmethod
    def start(
        cls, *, ports: tuple[int | None, ...] = (0, 0, 0), state: Path | None = None
    ) -> "Sandbox":
        """Start one, on free ports unless told which: identity server, cabinet, storefront."""
        command = [sys.executable, "-m", "sandbox", "--still", "--apply-delay-s", "0.1"]
        for role, port in zip(("identity", "cabinet", "shop"), ports, strict=True):
            command += [f"--{role}-port", str(port)]
        process = subprocess.Popen(
            [*command, "--storefront-delay-s", "0.1", *(["--state", str(state)] if state else [])],
            cwd=_HOME,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if process.stdout is None:
            raise AssertionError
        ready = orjson.loads(process.stdout.readline())
        urls = {f"{role}_url": ready[f"{role}_url"] for role in ("identity", "cabinet", "shop")}
        switches = httpx.get(f"{urls['shop_url']}/_sandbox/settings").json()
        return cls(process, **urls, switches=switches)

    @property
    def settings(self) -> dict[str, str]:
        """Where it is, by the names of the settings."""
        return {
            "KASPI_IDENTITY_URL": self.identity_url,
            "KASPI_CABINET_URL": self.cabinet_url,
            "KASPI_SHOP_URL": self.shop_url,
        }

    def again(self, *, state: Path) -> "Sandbox":
        """Start another where this one was, with what that had kept."""
        urls = (self.identity_url, self.cabinet_url, self.shop_url)
        return Sandbox.start(ports=tuple(urlsplit(url).port for url in urls), state=state)

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=10)

    def calm(self) -> None:
        """Take back faults, switches, locks and memories of requests."""
        self._order("DELETE", "faults")
        self._order("DELETE", "requests")
        self.set(**self.switches, reset_limits=True)

    def break_(self, endpoint: str, kind: str, **more: Any) -> None:
        self._order("POST", "faults", {"endpoint": endpoint, "kind": kind, **more})

    def set(self, **settings: Any) -> None:
        self._order("POST", "settings", settings)

    def faults(self) -> Any:
        """Those ordered that have not all struck yet."""
        return self._order("GET", "faults")["faults"]

    def expire_sessions(self, **which: Any) -> None:
        self._order("POST", "sessions/expire", which or None)

    def requests(self, endpoint: str) -> Any:
        return self._order("GET", f"requests?endpoint={endpoint}")["requests"]

    def listings(self, merchant_id: str) -> Any:
        return self._order("GET", f"listings?merchant_id={merchant_id}")["listings"]

    def _order(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(method, f"{self.shop_url}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def log_in(self, email: str) -> CookieJar:
        """Make a session the short way, without a browser."""
        return log_in(email, identity_url=self.identity_url, cabinet_url=self.cabinet_url)


def log_in(email: str, *, identity_url: str, cabinet_url: str) -> CookieJar:
    """Make a session at a sandbox the short way, without a browser."""
    with httpx.Client(follow_redirects=True, headers={"User-Agent": BROWSER}) as client:
        client.get(f"{cabinet_url}/oauth2/authorization/1")
        body = {"_u": email, "_p": PASSWORD}
        client.post(f"{identity_url}/api/p/login", json=body).raise_for_status()
        client.get(f"{cabinet_url}/oauth2/authorization/1")
        return CookieJar(
            tuple(
                Cookie(c.name, c.value or "", c.domain, c.path, c.expires)
                for c in client.cookies.jar
            )
        )


@dataclass
class Script:
    """A server that gives prepared answers one after another, the last one for ever."""

    answers: list[Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]]
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.path_qs, headers, await request.read()))
        turn = min(len(self.requests), len(self.answers)) - 1
        return await self.answers[turn](request)


@asynccontextmanager
async def scripted(*answers: Any) -> AsyncIterator[Script]:
    """Serve the answers on a port of 127.0.0.1."""
    script = Script(list(answers))
    runner = web.ServerRunner(
        web.Server(script.answer, handler_cancellation=True), shutdown_timeout=0
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.url = site.name
    try:
        yield script
    finally:
        await runner.cleanup()


def says(body: Any, *, status: int = 200, cookies: Any = (), **headers: str) -> Any:
    """An answer with this body: bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.BaseRequest) -> web.Response:
        made = web.Response(body=raw, status=status, headers=named)
        for cookie in cookies:
            made.headers.add("Set-Cookie", cookie)
        return made

    return answer


def by_path(**answers: Any) -> Any:
    """An answer for each path, its slashes written as underscores; 404 for any other."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.strip("/").replace("/", "_")
        found: web.StreamResponse = await answers.get(name, says(b"", status=404))(request)
        return found

    return answer


async def hangs_up(request: web.BaseRequest) -> web.Response:
    """Cut the connection instead of answering."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def stalls(request: web.BaseRequest) -> web.StreamResponse:
    """Begin a body and never finish it."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"data": [')
    await asyncio.Event().wait()
    return answer


async def cuts(request: web.BaseRequest) -> web.StreamResponse:
    """Promise a long body, and hang up after a piece of it."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = 1000
    await answer.prepare(request)
    await answer.write(b'{"data": [')
    if request.transport is not None:
        request.transport.abort()
    return answer


@dataclass
class Proxy:
    """A proxy on a port of 127.0.0.1. ``keys`` are what callers showed it to be let in.

    ``carried`` counts the requests, a tunnel as one.
    """

    url: str = ""
    carried: int = 0
    keys: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection: a tunnel, or a single plain request."""
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        self.carried += 1
        named = dict(line.split(": ", 1) for line in lines[1:] if line)
        self.keys |= {value for name, value in named.items() if name == "Proxy-Authorization"}
        there = target if method == "CONNECT" else target.split("/")[2]
        host, port = there.split(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = target.split("/", 3)[3]
            far_writer.write(head.replace(target.encode(), f"/{path}".encode(), 1))
        async with asyncio.TaskGroup() as group:
            group.create_task(_pour(reader, far_writer))
            group.create_task(_pour(far_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def forwards() -> AsyncIterator[Proxy]:
    """Run a proxy that forwards whatever comes."""
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    proxy.url = f"http://{host}:{port}"
    try:
        yield proxy
    finally:
        server.close()


async def eventually(read: Callable[[], Awaitable[T]], is_so: Callable[[T], bool]) -> T:
    """Read until it is so: a marketplace announces nothing."""
    async with asyncio.timeout(10):
        while not is_so(seen := await read()):  # noqa: ASYNC110 -- there is no event to wait for
            await asyncio.sleep(0.02)
    return seen
