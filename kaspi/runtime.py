"""What a worker process owns for its whole life: one event loop and one open gateway.

Opened on first use, so that a web process or a command that needs neither pays for neither, and
closed when the worker ends.
"""

import atexit
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from celery.signals import worker_process_shutdown, worker_shutdown

from cube_demper.kernel.aio import LoopThread

if TYPE_CHECKING:
    from kaspi.gateway import Gateway

T = TypeVar("T")
_CLOSING_S = 5.0


class Runtime:
    """The loop and the gateway of this process."""

    def __init__(self) -> None:
        self._loop = LoopThread()
        self._lock = threading.Lock()
        self._gateway: Gateway | None = None
        self._attend: Callable[[Gateway], None] = _nothing

    def attend(self, attend: Callable[["Gateway"], None]) -> None:
        """Have this called around every piece of work, on the caller's thread and off the loop."""
        self._attend = attend

    def run(self, work: Callable[["Gateway"], Coroutine[Any, Any, T]], *, timeout_s: float) -> T:
        """Run ``work`` on the loop with the gateway. Raises what it raises, or TimeoutError."""
        gateway = self._open()
        self._attend(gateway)
        try:
            return self._loop.run(work(gateway), timeout_s=timeout_s)
        finally:
            self._attend(gateway)

    def _open(self) -> "Gateway":
        with self._lock:
            if self._gateway is None:
                # The browser's driver costs 25 MB, and web and beat never open a gateway.
                from kaspi.gateway import open_gateway  # noqa: PLC0415 -- costly, and rarely needed

                self._gateway = self._loop.run(open_gateway(), timeout_s=_CLOSING_S)
                atexit.register(self.close)  # a command has no signal that says it is over
            return self._gateway

    def close(self) -> None:
        atexit.unregister(self.close)
        with self._lock:
            if self._gateway is not None:
                self._loop.run(self._gateway.aclose(), timeout_s=_CLOSING_S)
                self._gateway = None
            self._loop.close()


def _nothing(_: "Gateway") -> None:
    """Nobody attends."""


_runtime = Runtime()
run = _runtime.run
attend = _runtime.attend


@contextmanager
def held(
    open_: Callable[["Gateway"], AbstractAsyncContextManager[T]], *, timeout_s: float
) -> Iterator[T]:
    """Keep something of the loop's open between synchronous steps: a login's page, a cabinet."""
    stack = AsyncExitStack()
    try:
        yield run(
            lambda gateway: stack.enter_async_context(open_(gateway)),
            timeout_s=timeout_s,
        )
    finally:
        run(lambda _: stack.aclose(), timeout_s=timeout_s)


# A prefork child hears the first signal, a threads worker the second (seen with Celery 5.7).
@worker_process_shutdown.connect
@worker_shutdown.connect
def close(**_: Any) -> None:
    """Let go of the browser and the connections."""
    _runtime.close()
