"""HTTP of our own: one aiohttp client per process, one pool of connections, no cookies kept."""

import aiohttp

from kaspi.clients import cookies
from kaspi.clients.answers import Answer
from kaspi.clients.config import KaspiConfig
from kaspi.clients.wires import Lost, Party, Reply, Request
from kaspi.ports import CookieJar

_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,  # a proxy that can't be reached or refuses is one of them
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)


class HttpWire:
    """The ``Wire`` over aiohttp."""

    def __init__(self, config: KaspiConfig) -> None:
        self._config = config
        self._client: aiohttp.ClientSession | None = None

    async def prepare(self, *, party: Party, jar: CookieJar | None) -> None:
        """Everything is at hand."""

    async def send(self, request: Request, *, party: Party, jar: CookieJar | None) -> Reply:
        """Send once with the jar's cookies, and read the answer to its end. Raises Lost."""
        try:
            async with self._open().request(
                request.method,
                request.url,
                headers={**request.headers, **cookies.header(jar or CookieJar(), request.url)},
                data=request.body,
                proxy=party.address.proxy_url,
                allow_redirects=False,  # a redirect means something here: the end of a session
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            is_unsent = isinstance(error, _NEVER_CONNECTED)
            is_silent = isinstance(error, TimeoutError) and not is_unsent
            raise Lost(type(error).__name__, is_unsent=is_unsent, is_silent=is_silent) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        set_cookies = tuple(response.headers.getall("Set-Cookie", ()))
        return Reply(Answer(response.status, headers, body), set_cookies)

    def _open(self) -> aiohttp.ClientSession:
        """Return the client, made on first use: it belongs to the running loop."""
        if self._client is None or self._client.closed:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._config.max_connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=self._config.call_timeout_s,
                    sock_connect=self._config.connect_timeout_s,
                    sock_read=self._config.read_timeout_s,
                ),
            )
            # It would send a read again, without a turn, when a connection kept open breaks.
            self._client._retry_connection = False  # noqa: SLF001 -- there is no other way to say so
        return self._client

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()
