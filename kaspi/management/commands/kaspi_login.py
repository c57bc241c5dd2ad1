"""`manage.py kaspi_login SELLER ACCOUNT`: log a seller in to Kaspi by hand."""

import getpass
import re
import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone
from typing_extensions import override

from accounts.models import User
from cube_demper.kernel.errors import DomainError
from kaspi import account_names
from kaspi.login_ports import CODE_SHAPE
from kaspi.models import OPEN_LOGIN_STATES, Login, LoginState
from kaspi.selectors import login_of, stores_of
from kaspi.services import logins

_LOOK_S = 0.5
_LOOKS_BEFORE_WONDERING = 20


class Command(BaseCommand):
    help = "Log a seller in to Kaspi, as the API does. A default worker has to be running."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("seller", help="the e-mail address of the seller's account here")
        parser.add_argument("account", help="e-mail address or telephone number at Kaspi")
        parser.add_argument("--keep-password", action="store_true", help="the seller agreed to it")

    @override
    def handle(
        self, *args: Any, seller: str, account: str, keep_password: bool, **options: Any
    ) -> None:
        user = User.objects.filter(email__iexact=seller).first()
        if user is None:
            raise CommandError(f"There is no seller {seller}.")
        try:
            login = self._start(user, account, keeps_password=keep_password)
        except DomainError as error:
            raise CommandError(_explained(error)) from None
        login = self._follow(user, login)
        if login.state == LoginState.FAILED:
            not_before = f" Not before {login.retry_at:%H:%M:%S} UTC." if login.retry_at else ""
            raise CommandError(f"{login.reason}: {login.detail}{not_before}")
        self.stdout.write(f"{login.account} is connected. It opens:")
        for store in stores_of(user).filter(session__account=login.account).order_by("pk"):
            self.stdout.write(f"{store.merchant_id}  {store.name}, store {store.pk} here")

    def _start(self, user: User, account: str, *, keeps_password: bool) -> Login:
        try:
            name = _name_of(account)
        except ValueError as error:
            raise CommandError(str(error)) from None
        password = ""
        if "@" in name:
            try:
                password = getpass.getpass("Password at Kaspi: ")
            except (KeyboardInterrupt, EOFError):
                password = ""
            if not password:
                raise CommandError("Nothing was begun: there is no password.")
        return logins.start_login(
            user=user,
            account=name,
            password=password,
            keeps_password=keeps_password and bool(password),
            now=timezone.now(),
        )

    def _follow(self, user: User, login: Login) -> Login:
        looks = 0
        try:
            while login.state in OPEN_LOGIN_STATES:
                self._answer(user, login)
                time.sleep(_LOOK_S)
                logins.expire_logins(now=timezone.now())
                login = login_of(user, login_id=login.pk)
                looks += 1
                if looks == _LOOKS_BEFORE_WONDERING and login.claimed_at is None:
                    self.stdout.write("No worker has taken it up yet: does a default worker run?")
        except (KeyboardInterrupt, EOFError):
            logins.give_up(login=login, now=timezone.now())
            raise CommandError("Given up. The account is free for another login.") from None
        return login

    def _answer(self, user: User, login: Login) -> None:
        """Ask the person for what the walk waits for, if it does."""
        now = timezone.now
        try:
            if login.state == LoginState.CODE_NEEDED:
                code = _asked("Kaspi sent a code: ", CODE_SHAPE)
                logins.enter_code(user=user, login_id=login.pk, code=code, now=now())
            elif login.state == LoginState.CHOOSE_MERCHANT:
                for shop in login.choices:
                    self.stdout.write(f"{shop['merchant_id']}  {shop['name']}")
                known = "|".join(re.escape(shop["merchant_id"]) for shop in login.choices)
                chosen = _asked("Which shop (its number): ", known)
                logins.choose_merchant(user=user, login_id=login.pk, merchant_id=chosen, now=now())
        except DomainError:
            return  # its time ran out while the person was asked: the login says so itself


def _name_of(account: str) -> str:
    if "@" not in account:
        return account_names.name_of_phone(account)
    name = account_names.name_of_email(account)
    try:
        validate_email(name)
    except ValidationError:
        raise ValueError(f"{account} is no e-mail address.") from None
    return name


def _asked(question: str, shape: str) -> str:
    """Ask until the answer has the shape: a slip of the finger costs no login."""
    answer = input(question).strip()
    while not re.fullmatch(shape, answer):
        answer = input(f"That can't be it. {question}").strip()
    return answer


def _explained(error: DomainError) -> str:
    return error.detail + (f" Not before {error.retry_at:%H:%M:%S} UTC." if error.retry_at else "")
