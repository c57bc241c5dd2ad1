import pytest

from cube_demper.local.explain import explain
from tests.local.stage import errand, service

pytestmark = pytest.mark.unit

MIGRATE = errand("migrate", "")
CHECKS = [
    "SystemCheckError: System check identified some issues:",
    "",
    "ERRORS:",
    "?: (demper.E001) SECRET_KEY is missing or short: nobody could stay logged in safely.",
    "\tHINT: Set it to at least 32 random characters.",
    "?: (demper.E004) GLOBAL_RPS is 0: it must be above 0.",
    "",
    "System check identified 2 issues (0 silenced).",
]
BAD_SETTING = [
    "Traceback (most recent call last):",
    '  File "cube_demper/settings.py", line 200, in <module>',
    '    GLOBAL_RPS = env.int("GLOBAL_RPS", default=120)  # requests to Kaspi',
    "                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    '  File "environ/environ.py", line 211, in int',
    "    return self.get_value(var, cast=int, default=default)",
    "ValueError: invalid literal for int() with base 10: 'abc'",
]


@pytest.mark.parametrize(
    ("step", "last_words", "expected"),
    [
        pytest.param(
            MIGRATE,
            CHECKS,
            "SECRET_KEY is missing or short: nobody could stay logged in safely. "
            "GLOBAL_RPS is 0: it must be above 0.",
            id="system checks",
        ),
        pytest.param(
            MIGRATE,
            BAD_SETTING,
            "The setting GLOBAL_RPS cannot be used: invalid literal for int() with base 10: 'abc'.",
            id="a setting that cannot be read",
        ),
        pytest.param(
            MIGRATE,
            ["The setting DEBUG is 'maybe': it must be true or false."],
            "The setting DEBUG is 'maybe': it must be true or false.",
            id="a setting that a command names",
        ),
        pytest.param(
            service("demper-0"),
            ["Traceback:", "a.b.SettingUnusable: The setting A is 'x': it must be a number."],
            "The setting A is 'x': it must be a number.",
            id="a setting that a server names",
        ),
        pytest.param(
            service("valkey"),
            ["# Write error saving DB on disk: No space left on device"],
            "The disk is full: valkey could not write.",
            id="a full disk",
        ),
        pytest.param(
            MIGRATE,
            ["StartError: The PostgreSQL at x:1 is 13: 15 or newer is needed."],
            "The PostgreSQL at x:1 is 13: 15 or newer is needed.",
            id="a sentence of our own",
        ),
        pytest.param(
            MIGRATE,
            ["Traceback:", "django.db.utils.OperationalError: connection is bad", "bye"],
            "migrate failed: connection is bad.",
            id="an exception that is not the last line",
        ),
        pytest.param(
            service("web"),
            ["\033[31mit is no use\033[0m", ""],
            "web could not start: it is no use.",
            id="plain words in colour",
        ),
        pytest.param(service("web"), [], "web could not start: it said nothing.", id="silence"),
    ],
)
def test_last_words_become_one_sentence(step, last_words, expected):
    sentence = explain(step, last_words)

    assert sentence == expected
