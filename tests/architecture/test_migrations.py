import ast

import pytest
from django.core.management import call_command

from tests.architecture.source import APPS, HOME, Module


@pytest.mark.db
def test_no_migration_is_missing(db, capsys):
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)

    assert capsys.readouterr().out == "No changes detected\n"


@pytest.mark.unit
def test_no_migration_leans_on_code_that_changes():
    leaning = [
        module.place(node.lineno)
        for app in APPS
        for module in map(Module, (HOME / app).glob("migrations/[0-9]*.py"))
        for node in ast.walk(module.tree())
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith((".models", ".services", ".selectors"))
        and (node.module or "").split(".")[0] in APPS
    ]

    assert leaning == []
