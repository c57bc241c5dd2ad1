"""Run the stand-in: `python -m sandbox.tiptoppay`, told everything by its environment."""

import asyncio
import os
import sys

from sandbox.tiptoppay.environment import BadEnvironment, read_environment
from sandbox.tiptoppay.run import CannotStart, run


def main() -> int:
    """Run until told to stop. 0 after a proper stop, 2 with one sentence if it cannot start."""
    try:
        asyncio.run(run(read_environment(os.environ)))
    except (BadEnvironment, CannotStart) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
