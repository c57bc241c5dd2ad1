"""The stand-in's image, before an engine has it."""

import tarfile

import pytest

from sandbox.waha.image import main, write_archive

pytestmark = pytest.mark.flow


def test_an_image_holds_a_python_and_the_stand_in_and_no_more_than_they_need(tmp_path):
    write_archive(tmp_path / "image.tar")

    with tarfile.open(tmp_path / "image.tar") as archive:
        names = set(archive.getnames())
    ours = {name for name in names if name.startswith("app/sandbox/") and name.endswith(".py")}
    assert {"usr/bin/python3", "app/segno/__init__.py", "app/sandbox/waha/screen.html"} <= names
    assert {"app/sandbox/waha/__main__.py", "app/sandbox/clock.py", "app/sandbox/dice.py"} <= ours
    assert [name for name in names if "/test/" in name or name.startswith("/")] == []
    assert [name for name in ours if "/waha/" not in name] != []
    assert len(ours - {name for name in ours if "/waha/" in name}) == 3


def test_without_an_engine_it_says_so(monkeypatch, capsys):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")

    code = main([])

    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)
