"""`manage.py load_demo`: people to try the system with, connected the way anybody is.

The two sellers register, log in to the sandbox marketplace by the browser, have their catalogues
read and corridors set: nothing is written that a seller could not have done over the API. Running
it again changes nothing that is there.
"""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from accounts.models import User
from accounts.services.joining import register_operator, register_seller
from cube_demper.kernel.money import Money
from kaspi.models import OPEN_JOB_STATES, OPEN_LOGIN_STATES, JobState, LoginState
from kaspi.models import Job as SyncJob
from kaspi.selectors import login_of, stores_of
from kaspi.services.logins import start_login
from products.models import Product
from products.services.corridors import change_product

PATIENCE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class DemoSeller:
    """A seller of ours, and the account it has at the sandbox marketplace."""

    email: str
    password: str
    name: str
    kaspi_email: str
    kaspi_password: str


OPERATOR_EMAIL, OPERATOR_PASSWORD = "operator@demper.kz", "night-watch-2026"
SELLERS = (
    DemoSeller("aigerim@demper.kz", "fair-price-2026", "Aigerim", "aigerim@demo.kz", "Kaspi-2026"),
    DemoSeller("daulet@demper.kz", "fair-price-2026", "Daulet", "daulet@demo.kz", "Kaspi-2026"),
)


class Command(BaseCommand):
    help = "Load an operator and two sellers with connected stores. Workers must be running."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patience", type=float, default=PATIENCE.total_seconds())

    @override
    def handle(self, *args: Any, patience: float, **options: Any) -> None:
        give_up_at = time.monotonic() + patience
        self._operator()
        users = [self._seller(seller) for seller in SELLERS]
        for user, seller in zip(users, SELLERS, strict=True):
            if not stores_of(user).exists():
                self._connect(user, seller, give_up_at)
        for user in users:
            self._wait_for_catalogue(user, give_up_at)
            _set_corridors(user)
        people = [asdict(seller) for seller in SELLERS]
        self.stdout.write(
            json.dumps(
                {
                    "demo": {
                        "operator": {"email": OPERATOR_EMAIL, "password": OPERATOR_PASSWORD},
                        "sellers": people,
                    }
                }
            )
        )

    def _operator(self) -> None:
        if not User.objects.filter(email__iexact=OPERATOR_EMAIL).exists():
            register_operator(
                email=OPERATOR_EMAIL,
                password=OPERATOR_PASSWORD,
                name="Operator",
                now=timezone.now(),
            )

    def _seller(self, seller: DemoSeller) -> User:
        user = User.objects.filter(email__iexact=seller.email).first()
        return user or register_seller(
            email=seller.email, password=seller.password, name=seller.name, now=timezone.now()
        )

    def _connect(self, user: User, seller: DemoSeller, give_up_at: float) -> None:
        login = start_login(
            user=user,
            account=seller.kaspi_email,
            password=seller.kaspi_password,
            now=timezone.now(),
        )
        while login.state in OPEN_LOGIN_STATES:
            _wait(give_up_at, f"{seller.kaspi_email} could not log in")
            login = login_of(user, login_id=login.pk)
        if login.state != LoginState.CONNECTED:
            raise CommandError(f"{seller.kaspi_email} could not log in: {login.detail}")

    def _wait_for_catalogue(self, user: User, give_up_at: float) -> None:
        jobs = SyncJob.objects.for_user(user)
        while jobs.filter(state__in=OPEN_JOB_STATES).exists():
            _wait(give_up_at, f"the catalogue of {user} was not read")
        if jobs.exists() and not jobs.filter(state=JobState.DONE).exists():
            raise CommandError(f"The catalogue of {user} was not read: {jobs.latest('ordered_at')}")


def _wait(give_up_at: float, trouble: str) -> None:
    if time.monotonic() > give_up_at:
        raise CommandError(f"Gave up waiting: {trouble}. Are the workers running?")
    time.sleep(0.3)


def _set_corridors(user: User) -> None:
    """Allow every product without a corridor to move: 6 % down, 8 % up, in steps of half a percent.

    The two demo sellers share cards. Steps of one tenge would keep them at war for days.
    """
    products = Product.objects.for_user(user).filter(floor=None, is_on_sale=True)
    for product in products.exclude(price=None):
        tenge = product.price.tiyn // 100
        floor, ceiling = Money.tenge(tenge * 94 // 100), Money.tenge(tenge * 108 // 100)
        step = Money.tenge(max(tenge // 200, 1))
        change_product(
            user=user,
            product_id=product.pk,
            changes={"floor": floor, "ceiling": ceiling, "step": step},
            now=timezone.now(),
        )
