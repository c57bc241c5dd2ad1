import json
import logging
import sys
from typing import Any

import pytest
import structlog

from cube_demper.kernel.logs import logging_settings

pytestmark = pytest.mark.unit


def rendered(log_format, record):
    """Return the line that a record becomes."""
    settings: dict[str, Any] = logging_settings(log_format=log_format, level="INFO")
    formatter = dict(settings["formatters"]["structured"])
    return formatter.pop("()")(**formatter).format(record)


def a_record(message="prices moved", *, exc_info=None):
    return logging.LogRecord(
        "products.batch", logging.WARNING, __file__, 1, message, None, exc_info
    )


def a_failure():
    password = "Kaspi-2026"
    try:
        {"floor": 900}["price"]
    except KeyError:
        assert password
        return a_record(exc_info=sys.exc_info())


@pytest.fixture
def bound():
    structlog.contextvars.bind_contextvars(request_id="r-1")
    yield
    structlog.contextvars.clear_contextvars()


def test_machines_read_one_json_object_per_event(bound):
    line = json.loads(rendered("json", a_record()))

    assert {**line, "timestamp": ""} == {
        "event": "prices moved",
        "level": "warning",
        "logger": "products.batch",
        "request_id": "r-1",
        "timestamp": "",
    }
    assert line["timestamp"].endswith("Z")


def test_people_read_one_line_per_event(bound):
    line = rendered("console", a_record())

    assert line.endswith("[warning  ] prices moved [products.batch] request_id=r-1")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_values(log_format):
    text = rendered(log_format, a_failure())

    assert "KeyError: 'price'" in text
    assert "Kaspi-2026" not in text.replace('password = "Kaspi-2026"', "")


def test_the_level_is_a_setting():
    assert logging_settings(log_format="json", level="DEBUG")["root"]["level"] == "DEBUG"
