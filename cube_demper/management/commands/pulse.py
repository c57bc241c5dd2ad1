"""`manage.py pulse`: one line of life, as JSON, again and again."""

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from products.jobs import PUSHES, shard_queue
from products.models import SHARD_COUNT
from products.selectors import pulse

QUEUES = ("default", PUSHES, *(shard_queue(shard) for shard in range(SHARD_COUNT)))


class Command(BaseCommand):
    help = "Print how the system does: looks and pushes a minute, wanted prices, queued messages."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=0, help="seconds between lines; 0: once")

    @override
    def handle(self, *args: Any, every: float, **options: Any) -> None:
        redis = Redis.from_url(settings.REDIS_URL, socket_timeout=2)
        while True:
            try:
                line = {**asdict(pulse(now=timezone.now())), "queued": _queued(redis)}
            except (DatabaseError, RedisError) as error:
                connection.close()  # one that died with its server would be used for ever
                line = {"trouble": str(error).strip().splitlines()[0]}
            self.stdout.write(json.dumps(line))
            self.stdout.flush()
            if not every:
                sys.exit("trouble" in line)
            time.sleep(every)


def _queued(redis: Redis) -> int:
    """Messages that wait in any of our queues."""
    with redis.pipeline(transaction=False) as pipeline:
        for queue in QUEUES:
            pipeline.llen(queue)
        return sum(pipeline.execute())
