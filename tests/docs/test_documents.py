"""The documents tell the truth about names: what they point at is there."""

import re

import pytest

from tests.docs import documents
from tests.docs.documents import DOCUMENTS, HOME

pytestmark = pytest.mark.unit

OPERATED_BY = ("README.md", "docs/operations.md", "CONTRIBUTING.md")
# Names that look like settings and are something else: where they are at home.
NOT_SETTINGS = {
    "OPERATOR_PASSWORD": "cube_demper/management/commands/create_operator.py",
    "SHARD_COUNT": "products/models/market.py",
    "TEST_DATABASE_URL": "tests/environment.py",
    "TEST_REDIS_URL": "tests/environment.py",
}
OF_DJANGO = {"check", "makemigrations", "migrate", "shell"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    links = documents.links_of(document)

    broken = {link for link in links if not documents.leads_somewhere(document, link)}

    assert broken == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document):
    files = documents.files_of(document)

    missing = {file for file in files if not documents.is_there(document, file)}

    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_command_is_in_the_makefile(document):
    makefile = (HOME / "Makefile").read_text(encoding="utf-8")

    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))

    assert documents.make_targets_of(document) - targets == set()


@pytest.mark.parametrize("document", OPERATED_BY)
def test_every_management_command_exists(document):
    folders = HOME.glob("*/management/commands/*.py")

    commands = {path.stem for path in folders} | OF_DJANGO

    assert documents.management_commands_of(document) - commands == set()


@pytest.mark.parametrize("document", OPERATED_BY)
def test_every_setting_is_one_that_is_read(document):
    read = (HOME / ".env.example").read_text() + (HOME / "cube_demper/settings.py").read_text()

    unknown = {name for name in documents.settings_of(document) if name not in read}

    assert unknown - set(NOT_SETTINGS) == set()


@pytest.mark.parametrize(("name", "home"), NOT_SETTINGS.items())
def test_a_name_that_only_looks_like_a_setting_is_at_home_elsewhere(name, home):
    source = (HOME / home).read_text(encoding="utf-8")

    assert name.removeprefix("TEST_") in source


def test_the_operator_is_told_every_event_and_no_other():
    explained = documents.events_of("docs/operations.md")

    assert explained == documents.events_in_code()


def test_every_name_in_the_glossary_is_in_the_code():
    names = documents.names_in_last_column("docs/glossary.md")

    unknown = {name for name in names if name not in documents.code()}

    assert unknown == set()


def test_decision_records_are_numbered_in_a_row():
    records = sorted((HOME / "docs" / "adr").glob("*.md"))

    numbers = [(int(record.name[:4]), record.read_text().split(". ")[0]) for record in records]

    assert numbers == [(n, f"# {n}") for n in range(1, len(records) + 1)]
