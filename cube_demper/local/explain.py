"""One sentence out of a program's last words."""

import re
from collections.abc import Sequence

from cube_demper.local.steps import Errand, Step

_CHECK = re.compile(r"^\S+: \((?P<id>[\w.]+)\) (?P<message>.+)$")
_UNUSABLE = re.compile(r"^(?:[\w.]*SettingUnusable: )?(?P<message>The setting [A-Z_]+ is .+)$")
_SETTING = re.compile(r"""\benv(?:\.\w+)?\(\s*["'](?P<name>[A-Z_]+)["']""")
_EXCEPTION = re.compile(r"^[\w.]*(?:Error|Exception|Configured|Exit|Full): (?P<message>.+)$")
_COLOURS = re.compile(r"\033\[[0-9;]*m")
_OURS = "StartError: "
_DISK_FULL = "No space left on device"


def explain(step: Step, last_words: Sequence[str]) -> str:
    """Say why this step could not start, in the words of the program as far as they go."""
    lines = [line for raw in last_words if (line := _COLOURS.sub("", raw).strip())]
    if any(_DISK_FULL in line for line in lines):
        return f"The disk is full: {step.name} could not write."
    if checks := [found.group("message") for line in lines if (found := _CHECK.match(line))]:
        return " ".join(checks)
    if unusable := [found.group("message") for line in lines if (found := _UNUSABLE.match(line))]:
        return unusable[-1]
    complaint = _complaint(lines)
    if lines and lines[-1].startswith(_OURS):
        return f"{complaint}."
    if name := _setting_at_fault(lines):
        return f"The setting {name} cannot be used: {complaint}."
    return (
        f"{step.name} {'failed' if isinstance(step, Errand) else 'could not start'}: {complaint}."
    )


def _complaint(lines: Sequence[str]) -> str:
    for line in reversed(lines):
        if found := _EXCEPTION.match(line):
            return found.group("message").rstrip(".")
    return lines[-1].rstrip(".") if lines else "it said nothing"


def _setting_at_fault(lines: Sequence[str]) -> str | None:
    """Find the line of the settings that a traceback ends in; its exception names no setting."""
    for line in reversed(lines):
        if found := _SETTING.search(line):
            return found.group("name")
    return None
