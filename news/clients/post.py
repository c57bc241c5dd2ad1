"""Posting to addresses that sellers name, and never into our own house.

A name is looked up once and what it means is judged before anybody connects, so a name that means
another thing a moment later gains nothing. Nothing is followed, no answer is read, and the whole
takes ``PATIENCE_S`` however slowly the other side drips.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore
from httpcore import SOCKET_OPTION, NetworkBackend, NetworkStream, SyncBackend
from typing_extensions import override

from news.errors import AddressRefused, ReceiverSilent

PATIENCE_S = 10.0
# Public by their numbers, and yet doors to private ones.
_TUNNELS = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))


@dataclass(frozen=True, slots=True)
class Guard:
    """Where may be posted to. Local runs have no world outside: there anything goes."""

    is_local: bool = False

    def check_url(self, url: str) -> None:
        """Raise AddressRefused for what is no address of the world outside, as far as it shows."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise AddressRefused from None
        schemes = {"https", "http"} if self.is_local else {"https"}
        if parts.scheme not in schemes or not host:
            raise AddressRefused(f"An address of {' or '.join(sorted(schemes))} is expected.")
        if parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
            raise AddressRefused("The address may hold no user, no password and no odd characters.")
        try:
            address = ip_address(host)
        except ValueError:
            return  # a name: what it means is judged when it is used
        self.check_address(address)

    def check_address(self, address: IPv4Address | IPv6Address) -> None:
        """Raise AddressRefused for an address that is not of the world outside."""
        is_outside = address.is_global and not address.is_multicast
        if not self.is_local and (not is_outside or any(address in one for one in _TUNNELS)):
            raise AddressRefused("The address leads into a private network.")


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    guard: Guard,
    patience_s: float = PATIENCE_S,
) -> int:
    """Post once and return the answer's status. Raises AddressRefused and ReceiverSilent."""
    guard.check_url(url)
    ends_at = time.monotonic() + patience_s
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guarded(guard, ends_at)) as pool,
            pool.stream(
                "POST",
                url,
                headers=[*headers.items()],
                content=body,
            ) as answer,
        ):
            return answer.status
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise ReceiverSilent(type(error).__name__) from None


class _Guarded(NetworkBackend):
    """Connects to what was judged, and hands out connections that end in time."""

    def __init__(self, guard: Guard, ends_at: float) -> None:
        self._guard = guard
        self._ends_at = ends_at
        self._sockets = SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("no such name") from None
        addresses = [str(place[0]) for *_, place in found]
        for address in addresses:
            self._guard.check_address(ip_address(address.partition("%")[0]))
        stream = self._sockets.connect_tcp(
            addresses[0], port, _left(self._ends_at), local_address, socket_options
        )
        return _Hurried(stream, self._ends_at)


class _Hurried(NetworkStream):
    """A connection on which everything together has to be done by a time."""

    def __init__(self, stream: NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends_at))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends_at))

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends_at))
        return _Hurried(secured, self._ends_at)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return left
