"""Hears of freezes by others, and notices when the store is lost."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from cube_demper.kernel.limiting.stores import Closed, Store, StoreGone

_HEAR_WITHIN_S = 2.0


class Hearing:
    """Whoever waits for a turn must hear when it is void. Lives on one event loop.

    ``on_loss`` is called when the store may have forgotten whatever it granted so far.
    """

    def __init__(
        self, *, store: Store, on_closed: Callable[[Closed], None], on_loss: Callable[[], None]
    ) -> None:
        self._store = store
        self._on_closed = on_closed
        self._on_loss = on_loss
        self._listener: asyncio.Task[None] | None = None
        self._hears: asyncio.Future[bool] | None = None
        self.losses = 0

    async def begin(self) -> None:
        """Return once everything to come will be heard. Raises StoreGone."""
        if self._hears is None or self._listener is None or self._listener.done():
            self._hears = asyncio.get_running_loop().create_future()
            self._listener = asyncio.create_task(self._listen(self._hears))
        if not self._hears.done():
            try:
                async with asyncio.timeout(_HEAR_WITHIN_S):
                    await asyncio.shield(self._hears)
            except TimeoutError:
                raise StoreGone("It doesn't answer.") from None
        if not self._hears.result():
            raise StoreGone("It can't be reached.")

    def lose(self) -> None:
        """Let go of a store that doesn't answer."""
        if self._listener is not None and not self._listener.done():
            self._listener.cancel()
            self._listener = None
            self._is_lost()

    async def aclose(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def _listen(self, hears: "asyncio.Future[bool]") -> None:
        with suppress(StoreGone):
            async for closed in self._store.news():
                if closed is not None:
                    self._on_closed(closed)
                elif not hears.done():
                    hears.set_result(True)
        if not hears.done():
            hears.set_result(False)
        self._is_lost()

    def _is_lost(self) -> None:
        self.losses += 1
        self._on_loss()
