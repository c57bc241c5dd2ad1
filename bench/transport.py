"""Both wires, one after the other: what a request costs, and the budget kept up by four processes.

``BENCH_TRANSPORT_S`` is for how many seconds each keeps it up; what we promise is said of 600.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

from bench.caller import Order, Report
from bench.processes import cpu_s, pss_mb, tree_of
from bench.sandbox import unlimited_sandbox
from bench.servers import HOME
from bench.table import show
from kaspi.clients.config import WireKind

_SESSIONS = 200
_BUDGET = 120  # requests a second, all processes together
_PROCESSES = 4
_FOR_S = float(os.environ.get("BENCH_TRANSPORT_S", "20"))
_FLAT_OUT_S = 6.0
_WARM = Order(a_second=50, seconds=3)
_STOP_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class _Line:
    """A caller of one wire, and what it and all its processes have used."""

    process: "subprocess.Popen[str]"

    def order(self, order: Order) -> None:
        if self.process.stdin is None:
            raise AssertionError
        self.process.stdin.write(json.dumps(asdict(order)) + "\n")
        self.process.stdin.flush()

    def report(self) -> Report:
        if self.process.stdout is None:
            raise AssertionError
        return Report(**json.loads(self.process.stdout.readline()))

    @property
    def tree(self) -> set[int]:
        return tree_of([self.process.pid])


@dataclass(frozen=True, slots=True)
class _Kept:
    """How a wire kept the budget up."""

    answers: int
    lost: int
    cpu_s: float
    seconds: float
    memory_mb: tuple[float, float]  # at the beginning and at the end

    def told(self) -> str:
        before, after = self.memory_mb
        return (
            f"{self.answers / self.seconds:.1f} a second, {self.lost} lost, "
            f"{self.cpu_s / self.seconds:.2f} cores, {before:.0f} MB → {after:.0f} MB"
        )


def measure() -> None:
    """Both wires: what a request costs, 200 sessions in a browser, the budget by four processes."""
    with unlimited_sandbox(cards=2_000) as urls:
        shop = urls["KASPI_SHOP_URL"]
        flat = {kind: _flat_out(kind, shop) for kind in WireKind}
        browser_mb, contexts = _sessions(shop)
        kept = {kind: _keep_up(kind, shop) for kind in WireKind}
    http, browser = kept[WireKind.HTTP], kept[WireKind.BROWSER]
    rows = [
        (f"{kind}: a request, flat out", f"{cost:.2f} ms of processor, {speed:,.0f} a second")
        for kind, (cost, speed) in flat.items()
    ]
    ratio = flat[WireKind.BROWSER][0] / flat[WireKind.HTTP][0]
    rows += [
        ("http to browser, flat out", f"1 : {ratio:.1f}"),
        (f"driver and Chromium with {contexts} contexts (PSS)", f"{browser_mb:.0f} MB"),
        *(
            (f"{kind}: {_BUDGET} a second for {_FOR_S:.0f} s, four processes", one.told())
            for kind, one in kept.items()
        ),
        ("http to browser, at the budget", f"1 : {browser.cpu_s / http.cpu_s:.1f}"),
    ]
    show("transport", rows)


def _flat_out(kind: WireKind, shop: str) -> tuple[float, float]:
    """Return the milliseconds of processor that a request costs, and requests a second."""
    with _caller(kind, shop) as line:
        _done([line], _WARM)
        used = cpu_s(line.tree)
        (report,) = _done([line], Order(a_second=0, seconds=_FLAT_OUT_S))
        used = cpu_s(line.tree) - used
    return used / report.answers * 1000, report.answers / _FLAT_OUT_S


def _sessions(shop: str) -> tuple[float, int]:
    """Return the memory of a browser with so many sellers' sessions, and how many it holds."""
    with _caller(WireKind.BROWSER, shop) as line:
        (report,) = _done([line], Order(a_second=50, seconds=_SESSIONS / 20, sellers=_SESSIONS - 1))
        return pss_mb(line.tree - {line.process.pid}), report.contexts


def _keep_up(kind: WireKind, shop: str) -> _Kept:
    with ExitStack() as stack:
        lines = [stack.enter_context(_caller(kind, shop)) for _ in range(_PROCESSES)]
        _done(lines, _WARM)
        everything = set().union(*(line.tree for line in lines))
        before, used, began = pss_mb(everything), cpu_s(everything), time.perf_counter()
        reports = _done(lines, Order(a_second=_BUDGET / _PROCESSES, seconds=_FOR_S))
        seconds = time.perf_counter() - began
        everything = set().union(*(line.tree for line in lines))
        return _Kept(
            answers=sum(report.answers for report in reports),
            lost=sum(report.lost for report in reports),
            cpu_s=cpu_s(everything) - used,
            seconds=seconds,
            memory_mb=(before, pss_mb(everything)),
        )


def _done(lines: Sequence[_Line], order: Order) -> list[Report]:
    for line in lines:
        line.order(order)
    return [line.report() for line in lines]


@contextmanager
def _caller(kind: WireKind, shop: str) -> Iterator[_Line]:
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "bench.caller", kind.value, shop],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield _Line(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(timeout=_STOP_WITHIN_S)
