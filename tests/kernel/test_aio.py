import asyncio
import multiprocessing
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError

import pytest

from cube_demper.kernel.aio import LoopThread

pytestmark = pytest.mark.unit


@pytest.fixture
def loop():
    loop = LoopThread()
    yield loop
    loop.close()


async def thread_name():
    return threading.current_thread().name


async def current_loop():
    return asyncio.get_running_loop()


class Work:
    """Waits for ever, and says what happens to it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.cleaned = threading.Event()

    async def wait(self) -> None:
        try:
            self.begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.cleaned.set()


def test_work_runs_on_a_thread_of_its_own_and_gives_its_result(loop):
    assert loop.run(thread_name(), timeout_s=5) == "event-loop"


def test_all_work_meets_one_loop(loop):
    first = loop.run(current_loop(), timeout_s=5)

    assert loop.run(current_loop(), timeout_s=5) is first


def test_threads_that_come_at_once_meet_one_loop(loop):
    loops = []
    threads = [
        threading.Thread(target=lambda: loops.append(loop.run(current_loop(), timeout_s=5)))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(loops) == 4
    assert len(set(loops)) == 1


def test_a_failure_comes_back_as_it_was(loop):
    async def fail():
        raise KeyError("price")

    with pytest.raises(KeyError, match="price"):
        loop.run(fail(), timeout_s=5)


def test_late_work_is_cancelled_and_its_cleanup_awaited(loop):
    work = Work()

    with pytest.raises(TimeoutError):
        loop.run(work.wait(), timeout_s=0.01)

    assert work.cleaned.is_set()


class TimeIsUp(Exception):
    """What a worker's time limit raises in the middle of anything."""


@pytest.fixture
def time_limit():
    """Raise ``TimeIsUp`` in the main thread on SIGUSR1."""

    def ring(*_):
        raise TimeIsUp

    before = signal.signal(signal.SIGUSR1, ring)
    yield
    signal.signal(signal.SIGUSR1, before)


def test_work_ends_with_whoever_waited_for_it(loop, time_limit):
    work = Work()
    main = threading.get_ident()

    def alarm():
        work.begun.wait()
        while sys._current_frames()[main].f_code is not threading.Condition.wait.__code__:
            time.sleep(0.001)
        signal.pthread_kill(main, signal.SIGUSR1)

    threading.Thread(target=alarm).start()
    with pytest.raises(TimeIsUp):
        loop.run(work.wait(), timeout_s=60)

    assert work.cleaned.wait(timeout=5)


def test_started_work_can_be_cancelled(loop):
    work = Work()
    future = loop.start(work.wait())
    work.begun.wait(timeout=5)

    future.cancel()

    assert work.cleaned.wait(timeout=5)
    with pytest.raises(CancelledError):
        future.result()


def run_in_child(loop, parents_loop, answers):
    own = loop.run(current_loop(), timeout_s=5)
    answers.put((own is not parents_loop, own.is_running()))
    loop.close()


def test_a_fork_gets_a_loop_of_its_own(loop):
    parents = loop.run(current_loop(), timeout_s=5)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    child = context.Process(target=run_in_child, args=(loop, parents, answers))
    child.start()
    child.join(timeout=20)

    assert child.exitcode == 0
    assert answers.get() == (True, True)
    assert loop.run(current_loop(), timeout_s=5) is parents


def test_a_closed_loop_is_gone_with_its_thread(loop):
    running = loop.run(current_loop(), timeout_s=5)

    loop.close()

    assert running.is_closed()
    assert "event-loop" not in [thread.name for thread in threading.enumerate()]


def test_closing_twice_or_unused_is_nothing():
    loop = LoopThread()

    loop.close()
    loop.run(thread_name(), timeout_s=5)
    loop.close()
    loop.close()


def test_a_closed_loop_starts_anew_when_needed(loop):
    loop.run(thread_name(), timeout_s=5)
    loop.close()

    assert loop.run(thread_name(), timeout_s=5) == "event-loop"
