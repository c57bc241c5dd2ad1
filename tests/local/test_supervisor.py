"""A supervisor over stand-in programs. See test_processes.py for signals and leftovers."""

import json
import os
import signal

import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.supervisor import Graces
from tests.local.stage import LIVES, STUBBORN, errand, nothing_happens, service, until_ready

pytestmark = pytest.mark.flow


def test_steps_start_in_the_order_of_what_they_need(stage):
    steps = [
        service("web", after=("migrate",)),
        errand("migrate", "print('migrated')", after=("postgres",)),
        service("postgres"),
    ]

    lines = stage.play(steps, until_ready)

    assert lines == ["postgres | up", "migrate  | migrated", "web      | up", "all ready"]


def test_steps_stop_in_reverse(stage):
    says_goodbye = (
        "import signal, time\n"
        "try: print('up', flush=True); signal.pause()\n"
        "except KeyboardInterrupt: time.sleep(0.05); print('bye', flush=True)"
    )
    steps = [
        service("db", says_goodbye, stop_signal=signal.SIGINT),
        service("web", says_goodbye, after=("db",), stop_signal=signal.SIGINT),
        service("beat", says_goodbye, after=("web",), stop_signal=signal.SIGINT),
    ]

    lines = stage.play(steps, until_ready)

    assert lines[-3:] == ["beat   | bye", "web    | bye", "db     | bye"]


def test_readiness_may_be_asked_for(stage):
    flag = stage.folder / "answers"
    script = f"import pathlib, time; pathlib.Path({str(flag)!r}).touch(); time.sleep(600)"
    steps = [
        service("web", script, says=None, answers=flag.exists),
        errand("demo", "print('loaded')", after=("web",)),
    ]

    lines = stage.play(steps, until_ready)

    assert lines == ["demo   | loaded", "all ready"]


def test_a_program_with_nothing_to_say_is_ready_at_once(stage):
    steps = [service("beat", "import time; time.sleep(600)", says=None)]

    lines = stage.play(steps, until_ready)

    assert lines == ["all ready"]


def test_news_is_heard_and_not_shown(stage):
    heard: list[object] = []
    script = f"print('{json.dumps({'queued': 3})}'); print('[1]'); print('{{no'); {LIVES}"

    lines = stage.play([service("pulse", script, hears=heard.append)], until_ready)

    assert heard == [{"queued": 3}]
    assert lines == ["pulse  | [1]", "pulse  | {no", "pulse  | up", "all ready"]


def test_last_words_without_an_end_of_line_are_shown(stage):
    steps = [errand("demo", "import sys; sys.stdout.write('one\\r\\ntwo')")]

    lines = stage.play(steps, until_ready)

    assert lines == ["demo   | one", "demo   | two", "all ready"]


def test_a_dead_program_is_started_again_and_says_so(stage):
    async def kill_it(stage):
        await stage.screen.shows("all ready")
        os.kill(stage.supervisor.pids()["web"], signal.SIGKILL)
        await stage.screen.shows("is back")

    lines = stage.play([service("web")], kill_it)

    assert lines == [
        "web    | up",
        "all ready",
        "demper | web was killed by SIGKILL; starting it again in 0.01 s.",
        "web    | up",
        "demper | web is back.",
    ]


def test_a_program_that_keeps_dying_waits_longer_each_time(stage):
    async def kill_it(stage):
        await stage.screen.shows("all ready")
        os.kill(stage.supervisor.pids()["web"], signal.SIGKILL)
        await stage.screen.shows("code 3; starting it again in 0.02 s")

    up_only_once = (
        "import pathlib, sys; mark = pathlib.Path('mark')\n"
        f"if not mark.exists(): mark.touch(); {LIVES}\n"
        "sys.exit(3)"
    )

    lines = stage.play([service("web", up_only_once)], kill_it)

    assert [line for line in lines if line.startswith("demper")] == [
        "demper | web was killed by SIGKILL; starting it again in 0.01 s.",
        "demper | web ended with code 3; starting it again in 0.02 s.",
    ]


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        pytest.param(
            service("web", "import sys; sys.exit('no such table')"),
            "web could not start: no such table.",
            id="a service that ends before it is ready",
        ),
        pytest.param(
            errand("migrate", "import sys; sys.exit('no such table')"),
            "migrate failed: no such table.",
            id="an errand",
        ),
        pytest.param(
            service("web", LIVES, says=None, answers=lambda: False, ready_within_s=0.1),
            "web was not ready within 0.1 s.",
            id="a service that is never ready",
        ),
    ],
)
def test_a_failure_at_the_start_stops_the_rest(stage, step, sentence):
    with pytest.raises(ExceptionGroup) as failure:
        stage.play([service("db"), step], nothing_happens())

    assert failure.group_contains(StartError, match=f"^{sentence}$")
    assert stage.supervisor.pids() == {}


def test_the_first_of_several_failures_counts_and_the_rest_stop_kindly(stage):
    says_goodbye = (
        "import signal\n"
        "try: print('up', flush=True); signal.pause()\n"
        "except KeyboardInterrupt: print('bye', flush=True)"
    )
    db = service("db", says_goodbye, stop_signal=signal.SIGINT)
    fails = "import sys; sys.exit('no')"
    steps = [db, errand("one", fails, after=("db",)), errand("two", fails, after=("db",))]

    with pytest.raises(ExceptionGroup) as failure:
        stage.play(steps, nothing_happens())

    assert failure.group_contains(StartError, match=r"^(one|two) failed: no\.$")
    assert "db     | bye" in stage.screen.lines()


def test_a_bug_of_ours_leaves_no_program_behind(stage):
    async def break_down(stage):
        await stage.screen.shows("all ready")
        raise RuntimeError("a bug")

    with pytest.raises(ExceptionGroup) as failure:
        stage.play([service("db", STUBBORN)], break_down)

    assert failure.group_contains(RuntimeError, match="a bug")
    assert stage.supervisor.pids() == {}


def test_an_optional_errand_may_fail(stage):
    steps = [errand("demo", "import sys; sys.exit('not today')", is_optional=True)]

    lines = stage.play(steps, until_ready)

    assert lines == ["demo   | not today", "demper | demo failed: not today.", "all ready"]


def test_who_does_not_stop_is_killed(stage):
    graces = Graces(programs_s=0.05, foundations_s=0.1)
    steps = [service("db", STUBBORN), service("web", STUBBORN, after=("db",))]

    lines = stage.play(steps, until_ready, graces=graces)

    assert lines[-2:] == [
        "demper | web did not stop in time and was killed.",
        "demper | db did not stop in time and was killed.",
    ]
    assert stage.supervisor.pids() == {}


def test_said_twice_stop_does_not_wait(stage):
    async def insist(stage):
        await stage.screen.shows("all ready")
        stage.supervisor.stop()

    graces = Graces(programs_s=600, foundations_s=600)

    stage.play([service("db", STUBBORN)], insist, graces=graces)

    assert stage.supervisor.pids() == {}


def test_a_stop_during_the_start_leaves_the_rest_unstarted(stage):
    async def interrupt(stage):
        await stage.screen.shows("migrating")

    steps = [
        errand("migrate", "print('migrating', flush=True); import time; time.sleep(600)"),
        service("web", after=("migrate",)),
    ]

    lines = stage.play(steps, interrupt)

    assert lines == ["migrate | migrating"]
