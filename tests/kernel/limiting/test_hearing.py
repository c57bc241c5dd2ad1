"""Turns are void once the store that granted them may have forgotten them."""

import asyncio

import pytest
from typing_extensions import override

from cube_demper.kernel.errors import Unavailable
from cube_demper.kernel.limiting.memory import MemoryStore
from cube_demper.kernel.limiting.stores import Closed, StoreGone
from cube_demper.kernel.limiting.waiting import WaitingLimiter
from tests.kernel.limiting.conftest import act

pytestmark = pytest.mark.unit


class Lost(MemoryStore):
    """A store that is lost while it answers the first ask."""

    def __init__(self):
        super().__init__()
        self.takes = []
        self.returned = []
        self._is_lost = asyncio.Event()

    @override
    async def take(self, asks):
        answers = await super().take(asks)
        self.takes.append(answers)
        if len(self.takes) == 1:
            self._is_lost.set()
            await asyncio.sleep(0.01)
        return answers

    @override
    async def give_back(self, turns):
        self.returned += turns
        await super().give_back(turns)

    @override
    async def news(self):
        yield None
        if not self._is_lost.is_set():
            await self._is_lost.wait()
            raise StoreGone
        await asyncio.Event().wait()


class Deaf(MemoryStore):
    """A store that grants, and whose news nobody hears."""

    @override
    async def news(self):
        for closed in list[Closed]():
            yield closed
        raise StoreGone


def limiter_over(store):
    return lambda: WaitingLimiter(store=store(), fallback_rps=1000)


def test_a_turn_that_was_granted_while_the_store_was_lost_is_not_used(bucket):
    async def scenario(limiter):
        store = limiter._store
        at = await limiter.acquire(bucket())
        await limiter.settle()
        return at, store

    at, store = act(limiter_over(Lost), scenario)

    (void,), (used,) = store.takes
    assert at == used.at_us
    assert [turn.at_us for turn in store.returned] == [void.at_us]


def test_turns_are_not_taken_where_nobody_hears_that_they_are_void(bucket):
    async def scenario(limiter):
        read = await limiter.acquire(bucket())
        with pytest.raises(Unavailable):
            await limiter.acquire(bucket(), is_write=True)
        return read

    assert act(limiter_over(Deaf), scenario) > 0
