from pathlib import Path

import pytest

from cube_demper.local.report import life_line, summary
from cube_demper.local.settings import read_settings

pytestmark = pytest.mark.unit

HERE = Path("/clone")
DEMO = {
    "operator": {"email": "operator@demper.kz", "password": "one"},
    "sellers": [
        {
            "email": "aigerim@demper.kz",
            "password": "two",
            "name": "Aigerim",
            "kaspi_email": "aigerim@demo.kz",
            "kaspi_password": "three",
        }
    ],
}


def test_a_pulse_is_one_line():
    news = {
        "looks_per_min": 412.4,
        "pushes_per_min": 18,
        "at_wanted": 31,
        "watched": 40,
        "queued": 3,
    }

    line = life_line(news)

    assert line == (
        "412 looks/min, 18 pushes/min, 31 of 40 products at their wanted price, 3 queued"
    )


def test_a_missing_pulse_says_why():
    news = {"trouble": "connection refused"}

    line = life_line(news)

    assert line == "no pulse: connection refused"


def test_the_summary_names_links_and_logins():
    settings = read_settings(home=HERE, environ={"WEB_PORT": "9010", "SANDBOX_PORT": "9021"})

    text = summary(settings, DEMO)

    assert text.splitlines() == [
        "Cube Demper runs.",
        "",
        "  API docs          http://127.0.0.1:9010/docs",
        "  Admin             http://127.0.0.1:9010/admin/",
        "  Sandbox market    http://127.0.0.1:9023/",
        "  Sandbox phones    http://127.0.0.1:9024/_control/screen",
        "  Sandbox till      http://127.0.0.1:9025/",
        "",
        "  Operator          operator@demper.kz  password one",
        "  Seller            aigerim@demper.kz  password two",
        "    at the sandbox  aigerim@demo.kz  password three",
        "",
        "Ctrl-C stops everything; the data stays in var/.",
    ]


def test_on_the_real_marketplace_there_is_no_demo():
    settings = read_settings(home=HERE, environ={"KASPI_SHOP_URL": "https://kaspi.kz"})

    text = summary(settings, {})

    assert text.splitlines() == [
        "Cube Demper runs.",
        "",
        "  API docs          http://127.0.0.1:8010/docs",
        "  Admin             http://127.0.0.1:8010/admin/",
        "",
        "Ctrl-C stops everything; the data stays in var/.",
    ]
