"""How soon the first price changes after `make run`, and what an idle house weighs."""

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.processes import pss_mb, tree_of
from bench.table import show
from cube_demper.local.folders import remove_var
from tests.flows.house import House
from tests.flows.patience import until

_IDLE_AFTER_S = 60.0
_CHANGE_S, _STOP_S, _PSS_MB = 30, 10, 1536  # what we promise
_APPLIED = "SELECT min(settled_at) FROM products_change WHERE state = 'APPLIED' AND settled_at > %s"


@dataclass(frozen=True, slots=True)
class _Start:
    ready_s: float
    change_s: float
    """From the start to the first change that Kaspi shows."""


def measure() -> None:
    """From a start to ready and to the first applied change; memory after a minute; the stop."""
    var = Path(tempfile.mkdtemp(prefix="demper-bench-"))
    var.chmod(0o711)  # as root, the database's user must come through
    house = House(var=var, settings={})
    try:
        first = _start(house)
        house.stop()
        again = _start(house)
        time.sleep(_IDLE_AFTER_S)
        processes = tree_of([house.pid])
        idle_mb = pss_mb(processes)
        began = time.perf_counter()
        house.stop()
        stop_s = time.perf_counter() - began
    finally:
        house.end()
        remove_var(var)
    show(
        "start",
        [
            ("first start to ready, the demo loaded", f"{first.ready_s:.1f} s"),
            ("first start to the first applied change", f"{first.change_s:.1f} s"),
            ("start to ready", f"{again.ready_s:.1f} s"),
            ("start to the first applied change", _against(again.change_s, _CHANGE_S, "s")),
            ("idle memory of everything (PSS)", _against(idle_mb, _PSS_MB, "MB")),
            ("processes", f"{len(processes)}"),
            ("stop", _against(stop_s, _STOP_S, "s")),
        ],
    )


def _start(house: House) -> _Start:
    """Start with everything installed."""
    began_at, began = datetime.now(UTC), time.perf_counter()
    house.start()
    ready_s = time.perf_counter() - began
    with psycopg.connect(house.address_of("DATABASE_URL"), autocommit=True) as connection:
        applied = until(lambda: connection.execute(_APPLIED, [began_at]).fetchall()[0][0], bool)
    return _Start(ready_s, (applied - began_at).total_seconds())


def _against(figure: float, promise: float, unit: str) -> str:
    return f"{figure:.1f} {unit}, {figure / promise:.2f} of the promised {promise:g} {unit}"
