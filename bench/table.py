"""A small table, and the machine it was measured on."""

import os
import platform
from collections.abc import Sequence


def show(name: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print one line a figure, under the command that measures them again."""
    width = max(len(label) for label, _ in rows)
    print(f"\npython -m bench {name}")
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    print(f"{machine}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n")
    for label, figure in rows:
        print(f"  {label:<{width}}  {figure}")
