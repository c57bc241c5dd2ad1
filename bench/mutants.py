"""Do the tests of the heart see a mistake in it?

Each mutant (see ``mutations.py``) is tried in a process of its own, forked from one that has
loaded everything but the heart and its tests: only the tests that reach its lines run, the
quickest first, and the first that fails ends it.
"""

import importlib.util
import io
import os
import pickle
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import coverage
import pytest

from bench.equivalent import EQUIVALENT
from bench.mutations import Mutant, mutants_of
from bench.table import show

_HEART = "products.pricing"
_MODULES = (
    "model", "rules", "hours", "rivals", "aims", "bounds", "gate", "decide", "remember", "explain",
    "floors", "tariff", "modes", "doubt", "sheets",
)  # fmt: skip
_HOME = Path(__file__).resolve().parents[1]
_FOLDER = _HOME / "products" / "pricing"
_TESTS = _HOME / "tests" / "products" / "pricing"
_SECONDS = 120  # of processor time: three times what all the tests take
_SEED = 7
_BROKEN, _STILLBORN, _SURVIVED, _KILLED, _ENDLESS = 1, 3, 4, 5, 6


def measure() -> None:
    """How many mistakes in the heart its tests see. BENCH_MUTANTS=200 tries a sample of them."""
    trial = _Trial()
    arguments = [
        "-q",
        "--tb=no",
        "--no-header",
        "--no-summary",
        "-p",
        "no:cacheprovider",
        "-m",
        "unit",
    ]
    pytest.main([*arguments, str(_TESTS)], plugins=[trial])
    _tell(trial.fates, time.perf_counter() - trial.began)


def _mutants() -> list[Mutant]:
    chosen = os.environ.get("BENCH_MODULES", "").split() or _MODULES
    mutants = [
        mutant
        for module in chosen
        for mutant in mutants_of(module, (_FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    ]
    most = int(os.environ.get("BENCH_MUTANTS", "0")) or len(mutants)
    return random.Random(_SEED).sample(mutants, most) if most < len(mutants) else mutants


class _Trial:
    """A plugin of pytest that tries every mutant where the tests would be collected."""

    def __init__(self) -> None:
        self.fates: list[tuple[Mutant, int]] = []
        self.began = time.perf_counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        _settle_hypothesis()
        reach = _Reach.measured(session)
        mutants = [mutant for mutant in _mutants() if mutant.key not in EQUIVALENT]
        self.fates = _try_all(mutants, lambda mutant: _fate(mutant, session, reach))
        return True


def _settle_hypothesis() -> None:
    """The same cases each time, and no search for the smallest that fails."""
    import hypothesis  # noqa: PLC0415 -- pytest wants to load its plugins itself

    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=phases
    )
    hypothesis.settings.load_profile("mutants")


class _Reach:
    """Which tests come by which lines, and how long each takes."""

    def __init__(
        self, lines: Mapping[str, Mapping[int, Sequence[str]]], took: Mapping[str, float]
    ) -> None:
        self._lines = lines
        self._took = took

    @classmethod
    def measured(cls, session: pytest.Session) -> "_Reach":
        """Run every test once, in a fork that leaves nothing behind."""
        ours, theirs = os.pipe()
        if not (child := os.fork()):
            _in_silence()
            found = _run_all(session)
            with open(theirs, "wb") as pipe:  # noqa: PTH123 -- a descriptor, no path
                pickle.dump(found, pipe)
            os._exit(0)
        os.close(theirs)
        with open(ours, "rb") as pipe:  # noqa: PTH123 -- a descriptor, no path
            lines, took, failed = pickle.load(pipe)  # noqa: S301 -- written by our own child
        os.waitpid(child, 0)
        if failed:
            raise SystemExit("The tests fail without any mistake made on purpose.")
        return cls(lines, took)

    def tests_of(self, mutant: Mutant) -> set[str]:
        """The tests that can see it. What an import runs, all can see."""
        by_line = self._lines.get(mutant.module, {})
        seen = {test for line in mutant.lines for test in by_line.get(line, ())}
        return set(self._took) if "" in seen else seen

    def files_of(self, tests: Iterable[str], *, nearest: str) -> list[str]:
        """Where these tests are: first the module's own, then the quickest."""
        seconds: dict[str, float] = defaultdict(float)
        for test in tests:
            seconds[test.split("::")[0]] += self._took[test]
        return sorted(seconds, key=lambda file: (Path(file).stem != nearest, seconds[file]))

    def knows(self, test: str) -> bool:
        """Was there a test of this name?"""
        return test in self._took

    def seconds(self, test: str) -> float:
        """How long it takes."""
        return self._took.get(test, 0.0)


_Found = tuple[dict[str, dict[int, list[str]]], dict[str, float], int]


def _run_all(session: pytest.Session) -> _Found:
    _forget()
    took: dict[str, float] = {}
    watcher = coverage.Coverage(data_file=None, include=[f"{_FOLDER}/*"], config_file=False)
    watcher.start()
    items = session.perform_collect()
    for item, following in zip(items, [*items[1:], None], strict=True):
        watcher.switch_context(item.nodeid)
        began = time.perf_counter()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        took[item.nodeid] = time.perf_counter() - began
    watcher.stop()
    data = watcher.get_data()
    lines = {Path(file).stem: data.contexts_by_lineno(file) for file in data.measured_files()}
    return lines, took, session.testsfailed


def _try_all(mutants: Sequence[Mutant], fate: Callable[[Mutant], int]) -> list[tuple[Mutant, int]]:
    running: dict[int, Mutant] = {}
    fates: dict[str, int] = {}
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            mutant = waiting.pop()
            sys.stdout.flush()
            if not (child := os.fork()):
                _end_as(fate, mutant)
            running[child] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        fates[mutant.key] = _ENDLESS if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if fates[mutant.key] == _BROKEN:
            raise SystemExit(f"Could not be tried: {mutant.key}")
        if fates[mutant.key] == _SURVIVED:
            print(f"  survived: {mutant.key}", flush=True)
    return [(mutant, fates[mutant.key]) for mutant in mutants]


def _end_as(fate: Callable[[Mutant], int], mutant: Mutant) -> None:
    """End this process with its fate, or with a complaint: never go on as if it were the first."""
    ending = _BROKEN
    try:
        ending = fate(mutant)
    finally:
        os._exit(ending)


def _fate(mutant: Mutant, session: pytest.Session, reach: _Reach) -> int:
    _in_silence()
    session.config.pluginmanager.unregister(name="terminalreporter")
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    _forget()
    try:
        _load(mutant)
    except Exception:  # noqa: BLE001 -- whatever an import raises: nobody could ship it
        return _STILLBORN
    tests = reach.tests_of(mutant)
    if not tests:
        return _SURVIVED
    for file in reach.files_of(tests, nearest=f"test_{mutant.module}"):
        session.perform_collect([str(_HOME / file)])
        # A test that is named after what was mutated goes by another name now.
        known = {one.nodeid for one in session.items if not reach.knows(one.nodeid)} | tests
        chosen = [one for one in session.items if one.nodeid in known]
        for item in sorted(chosen, key=lambda one: reach.seconds(one.nodeid)):
            if session.testsfailed:
                return _KILLED
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if session.testsfailed:
            return _KILLED
    return _SURVIVED


def _forget() -> None:
    for name in [*sys.modules]:
        if name.startswith((f"{_HEART}.", "tests.products.pricing")):
            del sys.modules[name]


def _load(mutant: Mutant) -> None:
    """Put the mutant where everybody who imports the module finds it."""
    name = f"{_HEART}.{mutant.module}"
    if (spec := importlib.util.find_spec(name)) is None:
        raise ModuleNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(mutant.source, spec.origin or name, "exec"), module.__dict__)  # noqa: S102 -- our own source, with a mistake in it
    for other in _MODULES:
        importlib.import_module(f"{_HEART}.{other}")


def _in_silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.stdout = sys.stderr = io.StringIO()


def _tell(fates: Sequence[tuple[Mutant, int]], took_s: float) -> None:
    rows = []
    for module in [*dict.fromkeys(mutant.module for mutant, _ in fates), ""]:
        mine = [fate for mutant, fate in fates if module in {"", mutant.module}]
        endless, survived = mine.count(_ENDLESS), mine.count(_SURVIVED)
        killed = mine.count(_KILLED) + endless
        told = f"{killed:5} of {killed + survived:5}, {killed / max(killed + survived, 1):7.2%}"
        told += f"; {endless} never ended, {mine.count(_STILLBORN)} can't be imported"
        rows.append((module or "all", told))
    equivalent = sum(key.split(".")[0] in dict(rows) for key in EQUIVALENT)
    show("mutants", [*rows, ("equivalent", str(equivalent)), ("time", f"{took_s:.0f} s")])
