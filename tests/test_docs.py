"""The API's own description, and the pages that show it."""

import re
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from typing_extensions import override

pytestmark = pytest.mark.unit


class Addresses(HTMLParser):
    """Every address that a page makes a browser ask."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_asks_nobody_but_us(path):
    response = Client().get(path)

    page = Addresses()
    page.feed(response.content.decode())
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert [address for address in page.found if not address.startswith("/static/")] == []
    assert page.found


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_reads_our_schema(path):
    page = Client().get(path).content.decode()

    assert re.findall(r"[\"'](/schema/)[\"']", page) != []


def test_redoc_may_load_no_foreign_picture():
    assert "img-src 'self' data:" in Client().get("/redoc").content.decode()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/schema/"])
def test_a_format_a_page_does_not_speak_is_a_problem_in_json(path):
    response = Client().get(path, HTTP_ACCEPT="image/png")

    assert (response.status_code, response.json()["code"]) == (406, "not-acceptable")
    assert response["Content-Type"] == "application/problem+json"


def test_the_schema_answers():
    response = Client().get("/schema/")

    assert response.status_code == 200
    assert response.content.startswith(b"openapi: 3.1.0")


def test_the_schema_is_openapi(schema):
    validate_schema(schema)

    assert schema["openapi"] == "3.1.0"


def test_the_schema_describes_without_a_guess(tmp_path, capsys):
    call_command("spectacular", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))

    assert capsys.readouterr() == ("", "")
