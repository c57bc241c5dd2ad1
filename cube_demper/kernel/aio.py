"""One event loop for the whole life of a worker process.

Tasks are synchronous; they hand coroutines to a loop that runs in a thread of its own, so pools,
browsers and connections live as long as the process and never meet a second loop.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread. Started on first use, stopped by ``close``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, T], *, timeout_s: float) -> T:
        """Run to the end and return the result.

        On timeout the coroutine is cancelled, its cleanup awaited, and TimeoutError raised.
        """
        future = self.start(asyncio.wait_for(work, timeout_s))
        try:
            return future.result()
        except BaseException:
            future.cancel()  # a time limit or Ctrl-C met us while waiting: nobody wants it now
            raise

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._running_loop())

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():  # a fork inherits no thread
                self._loop = asyncio.new_event_loop()
                self._pid = os.getpid()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="event-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """Stop the loop after its present step. Whoever opened things on it closes them first."""
        with self._lock:
            if self._loop is None or self._thread is None or self._pid != os.getpid():
                return
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
            self._loop.close()
            self._loop = None
