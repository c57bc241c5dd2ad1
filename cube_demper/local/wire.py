"""Just enough of two protocols to ask a server whether it is there."""

import contextlib
import socket
import ssl
import struct
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_PROTOCOL_3_0 = 196608
_ANSWER_WITHIN_S = 3.0
_REDIS_PORT = 6379


def postgres_accepts(path: Path, *, user: str, database: str) -> bool:
    """Say whether the server behind this socket lets a session begin now."""
    words = ("user", user, "database", database)
    body = struct.pack("!I", _PROTOCOL_3_0) + "".join(f"{word}\0" for word in words).encode()
    body += b"\0"
    try:
        with _connected(str(path)) as connection:
            connection.sendall(struct.pack("!I", len(body) + 4) + body)
            accepted = connection.recv(1) == b"R"
            if accepted:
                connection.sendall(b"X\0\0\0\4")  # or the log would call it a broken connection
            return accepted
    except OSError:
        return False


def redis_answers(path: Path) -> bool:
    """Say whether the server behind this socket has loaded its data and takes commands."""
    try:
        with _connected(str(path)) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def redis_info(url: str) -> str:
    """Return what the server at this address says of itself.

    Raises OSError if nobody answers, and PermissionError with the server's words if it refuses.
    """
    address = urlsplit(url)
    with _dial(address) as connection:
        if address.password:
            names = [unquote(address.username)] if address.username else []
            connection.sendall(_command("AUTH", *names, unquote(address.password)))
            _expect(connection.recv(512))
        connection.sendall(_command("INFO", "server"))
        answer = b""
        while b"redis_version" not in answer or not answer.endswith(b"\r\n"):
            received = connection.recv(65536)
            _expect(received)
            answer += received
    return answer.decode(errors="replace")


def _dial(address: SplitResult) -> socket.socket:
    if address.scheme == "unix":
        return _connected(unquote(address.path))
    host, port = address.hostname or "127.0.0.1", address.port or _REDIS_PORT
    plain = socket.create_connection((host, port), timeout=_ANSWER_WITHIN_S)
    if address.scheme != "rediss":
        return plain
    with contextlib.ExitStack() as undo:
        undo.enter_context(plain)
        secured = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        undo.pop_all()
    return secured


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_ANSWER_WITHIN_S)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _command(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def _expect(answer: bytes) -> None:
    if not answer:
        raise ConnectionResetError("the connection was closed")
    if answer.startswith(b"-"):
        raise PermissionError(answer[1:].split(b"\r\n")[0].decode(errors="replace"))
