import pytest
from cryptography.fernet import Fernet

from cube_demper.kernel.checks import (
    budgets_make_sense,
    metrics_token_is_long,
    price_lists_name_points,
    proxies_are_counted,
    secrets_are_set,
    transports_are_known,
)

pytestmark = pytest.mark.unit

KEY = Fernet.generate_key().decode()


def sentences(check):
    return [problem.msg for problem in check()]


def test_good_settings_need_no_word(settings):
    settings.SECRET_KEY = "s" * 32
    settings.ENCRYPTION_KEYS = [KEY, Fernet.generate_key().decode()]

    assert sentences(secrets_are_set) == []
    assert sentences(budgets_make_sense) == []
    assert sentences(transports_are_known) == []


@pytest.mark.parametrize("secret", ["unset", "s" * 31], ids=["missing", "short"])
def test_a_weak_secret_key_is_named(settings, secret):
    settings.SECRET_KEY = secret

    assert sentences(secrets_are_set) == [
        "SECRET_KEY is missing or short: nobody could stay logged in safely."
    ]


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("", []),
        ("t" * 32, []),
        ("t" * 31, ["METRICS_TOKEN is short: anybody could find it by trying."]),
    ],
    ids=["none", "long", "short"],
)
def test_a_token_that_could_be_guessed_is_named(settings, token, says):
    settings.METRICS_TOKEN = token

    assert sentences(metrics_token_is_long) == says


def test_a_missing_encryption_key_is_named(settings):
    settings.ENCRYPTION_KEYS = []

    assert sentences(secrets_are_set) == [
        "ENCRYPTION_KEY is missing: Kaspi sessions could not be kept."
    ]


@pytest.mark.parametrize(
    "key", ["", "short", "кілт", KEY[:-4], "*" * 44], ids=["empty", "short", "kazakh", "cut", "odd"]
)
def test_an_unusable_encryption_key_is_named_by_its_place(settings, key):
    settings.ENCRYPTION_KEYS = [KEY, key]

    assert sentences(secrets_are_set) == [
        "ENCRYPTION_KEY number 2 is not a Fernet key (32 bytes as URL-safe base64)."
    ]


@pytest.mark.parametrize(
    ("count", "said"), [(0, []), (2, []), (-1, ["PROXY_COUNT is -1: it must be 0 or more."])]
)
def test_there_is_no_negative_number_of_proxies(settings, count, said):
    settings.PROXY_COUNT = count

    assert sentences(proxies_are_counted) == said


@pytest.mark.parametrize(
    "name",
    [
        "GLOBAL_RPS",
        "MAX_CONCURRENT_TASKS",
        "REGISTRATIONS_PER_HOUR",
        "INSTANCE_COUNT",
        "KASPI_OFFERS_RPS",
        "KASPI_PUSH_RPS",
        "LOOK_INTERVAL_S",
        "LOOK_SHORTEST_S",
        "SERVICE_FALLS_PERCENT",
        "STORE_JUMPS_PERCENT",
    ],
)
@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf")], ids=str)
def test_a_senseless_budget_is_named(settings, name, budget):
    setattr(settings, name, budget)

    assert sentences(budgets_make_sense) == [f"{name} is {budget}: it must be a number above 0."]


@pytest.mark.parametrize(
    "name", ["KASPI_TRANSPORT", "KASPI_STOREFRONT_TRANSPORT", "KASPI_CABINET_TRANSPORT"]
)
def test_a_transport_that_nobody_wrote_is_named(settings, name):
    settings.KASPI_STOREFRONT_TRANSPORT = "browser"
    setattr(settings, name, "Browser")

    assert sentences(transports_are_known) == [
        f'{name} is "Browser": it must be "browser" or "http".'
    ]


@pytest.mark.parametrize("named", ["short", "full"])
def test_points_have_two_names(settings, named):
    settings.KASPI_PRICE_LIST_STORE_IDS = named

    assert sentences(price_lists_name_points) == []


def test_another_name_for_points_is_refused(settings):
    settings.KASPI_PRICE_LIST_STORE_IDS = "PP"

    assert sentences(price_lists_name_points) == [
        "KASPI_PRICE_LIST_STORE_IDS is 'PP': no price list could be served."
    ]
