"""``python -m cube_demper.local.guardian RUN``: sees a run to its end if its supervisor is killed.

The kernel then asks every child to stop. One that does not listen, or has children elsewhere, would
stay for ever; so this small program waits for the supervisor's end, and some seconds more.
"""

import signal
import subprocess
import sys
from pathlib import Path

from cube_demper.local import family

_HOME = Path(__file__).resolve().parents[2]
_GRACE_S = 6.0


def watch(run: str) -> subprocess.Popen[bytes]:
    """Start one that watches this process; leaving the context dismisses it."""
    return subprocess.Popen(  # noqa: S603 -- ourselves
        [sys.executable, "-m", "cube_demper.local.guardian", run],
        stdin=subprocess.PIPE,
        cwd=_HOME,
        start_new_session=True,
    )


def main(run: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()  # ends when the supervisor does, however it does
    family.see_to_the_end(run, within_s=_GRACE_S)


if __name__ == "__main__":
    main(sys.argv[1])
