"""Streams, read as a browser would."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def blocks(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Understand a stream's lines: one dictionary for each block; a comment is left out."""
    block: dict[str, Any] = {}
    for line in lines:
        if not line and block:
            yield block
            block = {}
        name, _, value = line.partition(": ")
        if name and not line.startswith(":"):
            block[name] = json.loads(value) if name == "data" else value


def blocks_of(response: Any) -> list[dict[str, Any]]:
    """Read a stream to its end, where it is closed."""
    text = b"".join(response.streaming_content).decode()
    return list(blocks(text.split("\n")))


def prices(response: Any) -> list[Any]:
    """The prices that a stream told of, to its end."""
    return [one["data"]["payload"]["price_tiyn"] for one in blocks_of(response) if "data" in one]
