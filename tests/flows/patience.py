"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 90.0  # a loaded machine; nothing is measured here
_ASK_EVERY_S = 0.2


class NeverCameError(AssertionError):
    """What a test waited for did not come; the text holds the last answer."""


def until(ask: Callable[[], T], is_it: Callable[[T], bool], *, patience_s: float = PATIENCE_S) -> T:
    """Ask again and again until the answer is the one waited for, and return it."""
    give_up_at = time.monotonic() + patience_s
    while not is_it(answer := ask()):
        if time.monotonic() > give_up_at:
            raise NeverCameError(f"not within {patience_s:g} s; the last answer was {answer!r}")
        time.sleep(_ASK_EVERY_S)  # the other side tells when asked, and only then
    return answer
