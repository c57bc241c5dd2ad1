"""`manage.py brake`: for the person on call."""

import getpass
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Operation
from products.services.brakes import brake_is_on, pull_brake
from tests.factories import NOW

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("db")]


def run(*arguments, **options):
    out = StringIO()
    call_command("brake", *arguments, **options, stdout=out)
    return out.getvalue()


def test_it_stops_lets_go_and_says_how_it_stands():
    before = run()
    on = run("on", "--reason", "a bad feed")
    status = run()
    off = run("off")

    assert before == off == "Pushes go.\n"
    assert on == status
    assert "a bad feed" in on
    assert not brake_is_on()
    who = f"{getpass.getuser()}@shell"
    assert list(Operation.objects.order_by("id").values_list("actor_email", "action")) == [
        (who, "brake.pulled"),
        (who, "brake.released"),
    ]


def test_it_wants_to_know_why():
    with pytest.raises(CommandError, match="Say why"):
        run("on")

    assert not brake_is_on()


def test_it_tells_when_the_service_stopped_itself():
    pull_brake(reason="Too many prices fell at once", now=NOW)

    assert run().endswith("Too many prices fell at once, by the service itself.\n")
