"""The tour by curl: its commands, run as they stand, answer what stands below them."""

import os
import re
import secrets
import subprocess

from tests.flows.house import HOME

_BLOCK = re.compile(r"^```sh\n(.*?)^```\n((?:\n(?: {4}[^\n]*\n)+)?)", re.DOTALL | re.MULTILINE)
_MARK = "---- the next block ----"


def test_every_command_of_the_tour_answers_what_it_says(house, market):
    blocks = _BLOCK.findall((HOME / "docs/api-tour.md").read_text(encoding="utf-8"))
    script = f"\necho; echo '{_MARK}'\n".join(["set -eu", *(commands for commands, _ in blocks)])
    settings = {"API": house.web_url, "EMAIL": f"{secrets.token_hex(4)}@example.kz"}

    ran = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    answers = ran.stdout.split(_MARK)[1:]
    assert (ran.returncode, ran.stderr) == (0, "")
    missing = [
        line.strip()
        for (_, shown), answer in zip(blocks, answers, strict=True)
        for line in shown.splitlines()
        if line.strip() not in answer.replace(" : ", ":")
    ]
    assert missing == []
