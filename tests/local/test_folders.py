import os
import shutil
import stat
from pathlib import Path

import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.folders import home_for, make_var, remove_var, socket_folder
from cube_demper.local.service_user import can_enter, service_user

pytestmark = pytest.mark.flow

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


def test_a_folder_is_made_where_it_is_wanted(tmp_path):
    make_var(tmp_path / "deep" / "var")

    assert list((tmp_path / "deep" / "var").iterdir()) == []


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    (tmp_path / "var").touch()

    with pytest.raises(StartError) as failure:
        make_var(tmp_path / "var")

    assert str(failure.value) == (
        f"{tmp_path}/var cannot be used (File exists): give it to the user who runs this, "
        "or remove it."
    )


def test_a_full_disk_is_noticed_before_anything_is_made(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=200 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(StartError) as failure:
        make_var(tmp_path)

    assert str(failure.value) == (
        f"The disk of {tmp_path} is full: 200 MB are free, 300 MB are needed."
    )


def test_our_own_home_is_private(tmp_path):
    home = home_for(None, tmp_path / "postgres")

    assert home == tmp_path / "postgres"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_short_path_holds_its_own_sockets(tmp_path):
    folder = socket_folder(tmp_path / "run", longest_name="s")

    assert folder == tmp_path / "run"


def test_a_long_path_keeps_to_one_short_folder(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()

    folders = {socket_folder(deep / "run", longest_name="s") for _ in range(2)}

    (folder,) = folders
    assert len(str(folder)) < 80
    remove_var(deep)
    assert (deep.exists(), folder.exists()) == (False, False)


def test_a_short_folder_that_was_swept_away_is_made_again(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    socket_folder(deep / "run", longest_name="s").rmdir()

    again = socket_folder(deep / "run", longest_name="s")

    assert again.is_dir()
    again.rmdir()


@AS_ROOT
def test_data_that_became_unreachable_is_not_left_behind_silently(tmp_path):
    closed = tmp_path / "closed"
    (closed / "postgres" / "data-15").mkdir(parents=True)
    closed.chmod(0o700)
    user = service_user(tmp_path / "nothing")

    with pytest.raises(StartError) as failure:
        home_for(user, closed / "postgres")

    assert str(failure.value) == (
        f"{closed}/postgres holds a database that its unprivileged user can no longer reach: "
        "move the project back, or remove that folder."
    )


@AS_ROOT
def test_an_empty_folder_gives_way(tmp_path):
    closed = tmp_path / "closed"
    (closed / "postgres").mkdir(parents=True)
    closed.chmod(0o700)
    user = service_user(tmp_path / "nothing")

    home = home_for(user, closed / "postgres")

    assert can_enter(user, home)
    assert (closed / "postgres").resolve() == home
    shutil.rmtree(home)


@AS_ROOT
def test_whoever_made_the_data_stays_its_user(tmp_path):
    data = tmp_path / "postgres"
    data.mkdir()
    os.chown(data, 12345, 12345)

    user = service_user(data)

    assert user
    assert (user.uid, user.gid) == (12345, 12345)


def test_a_machine_without_a_place_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(StartError) as failure:
        socket_folder(tmp_path / ("x" * 100) / "run", longest_name="s")

    assert str(failure.value) == "There is no folder for run that its server could reach."


def test_removing_what_was_never_there_is_no_trouble(tmp_path):
    remove_var(tmp_path / "var")

    assert Path(tmp_path / "var").exists() is False
