"""The variables of a container."""

from pathlib import Path

import pytest

from sandbox.waha.environment import BadEnvironment, key_hash, read_environment

pytestmark = pytest.mark.unit

STRONG = "a1" * 16


def test_nothing_said_is_the_originals_defaults():
    told = read_environment({})

    assert (told.engine, told.port, told.store) == ("WEBJS", 3000, Path("/app/.sessions/webjs"))


@pytest.mark.parametrize(
    "given",
    [
        {"WAHA_API_KEY": STRONG},
        {"WAHA_API_KEY": f"sha512:{key_hash(STRONG)}"},
        {"WAHA_API_KEY": "other" * 8, "WHATSAPP_API_KEY": STRONG},
    ],
    ids=["plain", "hashed", "older-name-wins"],
)
def test_a_key_is_kept_as_its_hash(given):
    assert read_environment(given).key_hash == key_hash(STRONG)


@pytest.mark.parametrize("weak", ["", "123", "321", "waha", "admin", "0" * 32, "1" * 32])
def test_a_weak_key_is_replaced_by_another_one_every_time(weak):
    hashes = {read_environment({"WAHA_API_KEY": weak}).key_hash for _ in range(2)}

    assert len(hashes) == 2
    assert key_hash(weak) not in hashes


def test_a_hook_for_all_sessions_is_read_whole():
    told = read_environment(
        {
            "WHATSAPP_HOOK_URL": "http://backend/hooks/",
            "WHATSAPP_HOOK_EVENTS": "message, session.status",
            "WHATSAPP_HOOK_HMAC_KEY": "secret",
            "WHATSAPP_HOOK_RETRIES_POLICY": "exponential",
            "WHATSAPP_HOOK_RETRIES_DELAY_SECONDS": "3",
            "WHATSAPP_HOOK_RETRIES_ATTEMPTS": "4",
            "WHATSAPP_HOOK_CUSTOM_HEADERS": "X-A:1;X-B:2",
        }
    )

    assert told.hook == {
        "url": "http://backend/hooks/",
        "events": ["message", "session.status"],
        "retries": {"policy": "exponential", "delaySeconds": 3.0, "attempts": 4},
        "customHeaders": [{"name": "X-A", "value": "1"}, {"name": "X-B", "value": "2"}],
        "hmac": {"key": "secret"},
    }


def test_sessions_switches_and_flags_are_read():
    told = read_environment(
        {
            "WHATSAPP_DEFAULT_ENGINE": "gows",
            "WAHA_NAMESPACE": "all",
            "WAHA_LOCAL_STORE_BASE_DIR": "/data",
            "WHATSAPP_API_PORT": "3100",
            "WHATSAPP_START_SESSION": "a,b",
            "WHATSAPP_RESTART_ALL_SESSIONS": "True",
            "WAHA_SESSION_CONFIG_IGNORE_GROUPS": "true",
            "WAHA_SANDBOX_SETTINGS": '{"passkey": true}',
        }
    )

    assert (told.engine, told.store, told.port) == ("GOWS", Path("/data/all"), 3100)
    assert (told.start_sessions, told.restarts_all) == (("a", "b"), True)
    assert (told.ignore["groups"], told.switches) == (True, {"passkey": True})


@pytest.mark.parametrize(
    "given",
    [
        {"WHATSAPP_DEFAULT_ENGINE": "VENOM"},
        {"WHATSAPP_API_PORT": "x"},
        {"WHATSAPP_HOOK_URL": "http://x", "WHATSAPP_HOOK_RETRIES_POLICY": "never"},
        {"WAHA_SANDBOX_SETTINGS": "["},
    ],
    ids=["engine", "port", "policy", "settings"],
)
def test_a_variable_without_sense_is_said_in_a_sentence(given):
    with pytest.raises(BadEnvironment) as said:
        read_environment(given)

    assert str(said.value).endswith(".")
