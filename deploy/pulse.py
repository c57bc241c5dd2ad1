"""Celery's own command line, in a process that leaves a sign of life.

Celery has no cheap outside check: `inspect ping` starts a whole Celery to ask one question. So the
file named by PULSE_FILE is touched where a worker's consumer sends its heartbeat (every 2 s, over
its broker connection) and where beat has sent a task. A consumer that hangs or has lost the broker,
and a beat that no longer sends, stop touching it, and `healthcheck.py` notices.
"""
# ruff: noqa: INP001 -- a program of the image, not a module of ours

import os
import sys
from pathlib import Path
from typing import Any

from celery.bin.celery import main
from celery.signals import after_task_publish, beat_init, heartbeat_sent


def beat_once(**_: Any) -> None:
    Path(os.environ["PULSE_FILE"]).touch()


def follow_the_timetable(**_: Any) -> None:
    """Count what beat sends; a worker sends tasks too, and that says nothing of its consumer."""
    after_task_publish.connect(beat_once)


if __name__ == "__main__":
    heartbeat_sent.connect(beat_once)
    beat_init.connect(follow_the_timetable)
    sys.exit(main())
