"""What the limiter does and how news go, as numbers for Prometheus: read from Redis each time.

They are the whole house's, not this process's, so one web process is asked and not each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from redis import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.errors import NotAuthenticated, Unavailable
from cube_demper.kernel.limiting.desk import Desk, Snapshot
from cube_demper.kernel.problems import answer, only_read
from news import bells, tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FLEET = "fleet"  # the one budget that is counted second by second
_LAST_S = 60


@csrf_exempt  # nobody's browser comes here with a cookie
def page(request: HttpRequest) -> HttpResponse:
    """Answer whoever brings METRICS_TOKEN."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(token, settings.METRICS_TOKEN):
        return answer(NotAuthenticated("Bring the token of METRICS_TOKEN."))
    return _read(request)


@only_read
def _read(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
            snapshot = Desk(redis).snapshot(key=_FLEET, seconds=_LAST_S)
        news = exposition_of_news(tries=tally.tries(), streams=bells.open_streams())
    except RedisError:
        return answer(Unavailable("Redis does not answer."))
    return HttpResponse(
        exposition(snapshot, fleet_rps=settings.GLOBAL_RPS) + news, content_type=CONTENT_TYPE
    )


@dataclass(frozen=True, slots=True)
class _Metric:
    """One name with its rows: what a row is about, and its number."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    label: str
    rows: Sequence[tuple[str, float]]
    part: Literal["limiter", "news"] = "limiter"

    def lines(self) -> Iterator[str]:
        name = f"demper_{self.part}_{self.name}"
        yield f"# HELP {name} {self.help}"
        yield f"# TYPE {name} {self.kind}"
        for about, number in self.rows:
            yield f'{name}{{{self.label}="{_escaped(about)}"}} {number!r}'


def exposition(snapshot: Snapshot, *, fleet_rps: float) -> str:
    """Write a snapshot as Prometheus reads it; ``fleet_rps`` is the settings' rate."""
    metrics = [*_counters(snapshot), *_gauges(snapshot, fleet_rps=fleet_rps)]
    return _written(metrics)


def exposition_of_news(*, tries: Mapping[str, int], streams: int) -> str:
    """Write how webhooks are sent to, and how many streams of events are open."""
    return _written(
        [
            _Metric(
                *("tries_total", "counter", "Tries at webhooks.", "outcome"),
                list(tries.items()),
                part="news",
            ),
            _Metric(
                *("streams", "gauge", "Streams of events.", "state"),
                [("open", streams)],
                part="news",
            ),
        ]
    )


def _written(metrics: Iterable[_Metric]) -> str:
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


def _counters(snapshot: Snapshot) -> Iterable[_Metric]:
    told = snapshot.told
    yield _Metric(
        "turns_total",
        "counter",
        "Turns granted.",
        "budget",
        [(row.family, row.turns) for row in told],
    )
    yield _Metric(
        "wait_seconds_total",
        "counter",
        "How long granted turns had to wait, together.",
        "budget",
        [(row.family, row.waited_us / 1_000_000) for row in told],
    )
    yield _Metric(
        "refusals_total",
        "counter",
        "Turns refused because they would have come too late.",
        "budget",
        [(row.family, row.late) for row in told],
    )
    yield _Metric(
        "freezes_total",
        "counter",
        "Walls and bans that closed a bucket.",
        "budget",
        [(row.family, row.freezes) for row in told],
    )


def _gauges(snapshot: Snapshot, *, fleet_rps: float) -> Iterable[_Metric]:
    used = snapshot.used
    yield _Metric(
        "used_per_second",
        "gauge",
        "Turns a second in the last minute.",
        "budget",
        [(_FLEET, sum(used) / len(used))],
    )
    yield _Metric(
        "used_most_per_second",
        "gauge",
        "Turns in the fullest second of the last minute.",
        "budget",
        [(_FLEET, max(used))],
    )
    yield _Metric(
        "turns_ahead",
        "gauge",
        "Turns granted for the next five minutes.",
        "budget",
        [(_FLEET, snapshot.ahead)],
    )
    yield _Metric(
        "rate_per_second",
        "gauge",
        "The fleet's rate, and every rate that an operator set.",
        "bucket",
        list({_FLEET: fleet_rps, **snapshot.rates}.items()),
    )
    yield _Metric(
        "frozen_until_seconds",
        "gauge",
        "Unix time at which a frozen bucket opens.",
        "bucket",
        [(row.key, row.opens_at.timestamp()) for row in snapshot.frozen],
    )
    yield _Metric(
        "open_from_seconds",
        "gauge",
        "Unix time from which a bucket that was frozen has its full rate.",
        "bucket",
        [(row.key, row.is_open_at.timestamp()) for row in snapshot.frozen],
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
