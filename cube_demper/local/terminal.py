"""Many programs, one terminal: a prefix and a colour for each."""

import os
import signal
from collections.abc import Sequence
from typing import TextIO

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_BOLD = 1
_OURS = "demper"


class Terminal:
    """Writes whole lines; a reader that went away counts as a hang-up."""

    def __init__(self, stream: TextIO, *, names: Sequence[str]) -> None:
        self._stream = stream
        self._is_coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        self._width = max(len(name) for name in (*names, _OURS))
        self._colours = {
            name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)
        } | {_OURS: _BOLD}
        self._is_gone = False

    def line(self, name: str, text: str) -> None:
        """Show what one program wrote."""
        prefix = f"{name:<{self._width}} |"
        self._write(f"{self._paint(prefix, self._colours.get(name, _BOLD))} {text}")

    def say(self, text: str) -> None:
        """Show a line of our own."""
        self._write(self._paint(f"{_OURS:<{self._width}} | {text}", _BOLD))

    def block(self, text: str) -> None:
        """Show a paragraph that stands apart."""
        self._write(f"\n{text}\n")

    def _paint(self, text: str, colour: int) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._is_coloured else text

    def _write(self, text: str) -> None:
        if self._is_gone:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            self._is_gone = True
            signal.raise_signal(signal.SIGHUP)
