"""A process that goes as often as the limiter lets it, and tells a door each turn."""

import asyncio
import sys

from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter


async def main(url: str, port: int, *, rate_per_s: float, callers: int) -> None:
    """Go until killed."""
    bucket = Bucket("fleet", rate_per_s, shared=True)
    limiter = RedisLimiter(url=url, fallback_rps=rate_per_s / 16)
    _, door = await asyncio.open_connection("127.0.0.1", port)

    async def caller() -> None:
        while True:
            at_us = await limiter.acquire(bucket)
            door.write(at_us.to_bytes(8, "big"))

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), rate_per_s=float(sys.argv[3]), callers=20))
