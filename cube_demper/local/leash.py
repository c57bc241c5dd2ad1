"""Become another program, tied to the process that asked for it.

``python -I -S leash.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT…]`` gives up root's rights if UID is
not ``-``, asks the kernel to send SIGNAL to this process when PARENT ends for whatever reason
(Linux; elsewhere a leftover is ended at the next start), and turns into PROGRAM.

A program of its own rather than ``preexec_fn``, which may deadlock in a process with threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_CANNOT_RUN = 127


def main(parent: str, signal: str, uid: str, gid: str, *command: str) -> None:
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user, which clears it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit(_CANNOT_RUN)  # the parent was gone before the kernel knew of our wish
    try:
        os.execvp(command[0], command)  # noqa: S606 -- there is no shell on purpose
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
