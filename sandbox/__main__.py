"""Run the sandbox: `python -m sandbox`."""

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.run import CannotStart, Options, run


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop. 0 after a proper stop, 2 with one sentence if it cannot start."""
    options = _parse(arguments)
    try:
        asyncio.run(run(options))
    except CannotStart as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    return 0


def _parse(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in for the marketplace over real HTTP."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--identity-port", type=_port, default=8021, help="0 takes any free port")
    add("--cabinet-port", type=_port, default=8022, help="may equal another port")
    add("--shop-port", type=_port, default=8023)
    add("--state", type=Path, default=None, help="keep the state in this file")
    add("--seed", type=int, default=7)
    add("--apply-delay-s", type=_seconds, default=1.0, help="push to cabinet")
    add("--storefront-delay-s", type=_seconds, default=0.5, help="cabinet to storefront")
    add("--session-ttl-s", type=_seconds, default=86_400.0)
    add("--time-scale", type=_scale, default=1.0, help="how much faster its clock runs")
    add("--cards", type=_cards, default=400)
    add("--still", action="store_true", help="rivals do not move by themselves")
    return Options(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    return _number(text, lowest=0, highest=65_535)


def _cards(text: str) -> int:
    # Fewer would not give every merchant its products.
    return _number(text, lowest=100, highest=1_000_000)


def _number(text: str, *, lowest: int, highest: int) -> int:
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise argparse.ArgumentTypeError(f"{text!r} is not from {lowest} to {highest}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def _scale(text: str) -> float:
    value = _seconds(text)
    if not value:
        raise argparse.ArgumentTypeError("a clock has to move")
    return value


if __name__ == "__main__":
    sys.exit(main())
