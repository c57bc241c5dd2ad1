import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import HOME

pytestmark = pytest.mark.unit


def test_imports_keep_to_their_contracts(monkeypatch, capsys):
    monkeypatch.chdir(HOME)

    broken = lint_imports(no_cache=True, no_logo=True)

    assert broken == 0, capsys.readouterr().out
