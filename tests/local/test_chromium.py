"""Browsers are stand-ins here: scripts that know `--version`, or do not."""

import os
import sys

import pytest

from cube_demper.local.chromium import ensure_chromium, find_chromium
from cube_demper.local.errors import StartError

pytestmark = pytest.mark.flow

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can install packages")


@pytest.fixture
def nothing(tmp_path):
    """The environment of a machine without a browser."""
    (tmp_path / "bin").mkdir()
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


def browser(path, *, status=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_a_machine_may_have_none(nothing):
    found = find_chromium(nothing)

    assert found is None


def test_the_chosen_one_comes_first(nothing, tmp_path):
    chosen = browser(tmp_path / "mine" / "chrome")
    browser(tmp_path / "bin" / "chromium")

    found = find_chromium({**nothing, "CHROMIUM_PATH": str(chosen)})

    assert found == chosen


def test_playwrights_newest_shell_is_preferred_to_the_machines(nothing, tmp_path):
    cache = tmp_path / ".cache" / "ms-playwright"
    browser(cache / "chromium_headless_shell-999" / "chrome-linux" / "headless_shell")
    newest = browser(cache / "chromium_headless_shell-1200" / "chrome-linux" / "headless_shell")
    browser(cache / "chromium-1300" / "chrome-linux" / "chrome")
    browser(tmp_path / "bin" / "chromium-headless-shell")

    found = find_chromium(nothing)

    assert found == newest


def test_a_download_that_lacks_its_libraries_is_passed_over(nothing, tmp_path):
    cache = tmp_path / "browsers"
    shell = cache / "chromium_headless_shell-1200" / "linux64" / "chrome-headless-shell"
    browser(shell, status=127)
    on_path = browser(tmp_path / "bin" / "google-chrome")

    found = find_chromium({**nothing, "PLAYWRIGHT_BROWSERS_PATH": str(cache)})

    assert found == on_path


def test_the_shell_on_the_machine_is_preferred_to_the_whole_browser(nothing, tmp_path):
    browser(tmp_path / "bin" / "chromium")
    shell = browser(tmp_path / "bin" / "chromium-headless-shell")

    found = find_chromium(nothing)

    assert found == shell


def test_browsers_inside_the_package_are_looked_for(nothing):
    found = find_chromium({**nothing, "PLAYWRIGHT_BROWSERS_PATH": "0"})

    assert found is None


def test_a_chosen_one_that_does_not_start_is_named(nothing, tmp_path):
    chosen = browser(tmp_path / "chrome", status=1)

    with pytest.raises(StartError) as failure:
        ensure_chromium({**nothing, "CHROMIUM_PATH": str(chosen)}, say=print)

    assert str(failure.value) == (f"CHROMIUM_PATH is {chosen}, which does not start as a browser.")


def test_a_browser_that_is_there_is_not_installed_again(nothing, tmp_path):
    on_path = browser(tmp_path / "bin" / "chromium")
    said: list[str] = []

    found = ensure_chromium(nothing, say=said.append)

    assert (found, said) == (on_path, [])


def installer(path, script):
    path.write_text(f'#!/bin/sh\necho "$@" >> {path}.asked\n{script}\n')
    path.chmod(0o755)
    return path


def test_a_missing_browser_is_installed_with_playwright(nothing, tmp_path, monkeypatch):
    browser(tmp_path / "downloaded")
    python = installer(tmp_path / "python", f"mv {tmp_path}/downloaded {tmp_path}/bin/chromium")
    monkeypatch.setattr(sys, "executable", str(python))
    said: list[str] = []

    found = ensure_chromium(nothing, say=said.append)

    assert found == tmp_path / "bin" / "chromium"
    assert said == [f"Installing a browser: {python} -m playwright install --only-shell chromium"]


@AS_ROOT
def test_where_playwright_cannot_root_asks_debian(nothing, tmp_path, monkeypatch):
    browser(tmp_path / "package")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    install = f'[ "$2" = update ] || mv {tmp_path}/package {tmp_path}/bin/chromium-headless-shell'
    tools = tmp_path / "tools"
    tools.mkdir()
    installer(tools / "apt-get", install)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")

    found = ensure_chromium(nothing, say=lambda _: None)

    assert found == tmp_path / "bin" / "chromium-headless-shell"
    assert (tools / "apt-get.asked").read_text().splitlines() == [
        "-q update",
        "-q install -y --no-install-recommends chromium-headless-shell libatomic1",
    ]


def test_where_nothing_can_be_installed_both_remedies_are_named(nothing, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PATH", nothing["PATH"])

    with pytest.raises(StartError) as failure:
        ensure_chromium(nothing, say=lambda _: None)

    assert str(failure.value) == (
        "There is no Chromium and none could be installed: "
        "run `python -m playwright install --with-deps --only-shell chromium`, "
        "or as root `apt-get install chromium-headless-shell`, or set CHROMIUM_PATH."
    )
