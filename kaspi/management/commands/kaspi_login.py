"""`manage.py kaspi_login SELLER ACCOUNT`: log a seller in to Kaspi by hand."""

import getpass
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from accounts.models import User
from cube_demper.kernel.errors import DomainError
from kaspi import account_names
from kaspi.models import OPEN_LOGIN_STATES, Login, LoginState
from kaspi.selectors import login_of
from kaspi.services import logins

_LOOK_S = 0.5


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
            login = self._follow(user, self._start(user, account, keeps_password=keep_password))
        except DomainError as error:
            raise CommandError(error.detail) from None
        if login.state == LoginState.FAILED:
            raise CommandError(f"{login.reason}: {login.detail}")
        self.stdout.write(f"{login.account} is connected.")

    def _start(self, user: User, account: str, *, keeps_password: bool) -> Login:
        if "@" in account:
            name = account_names.name_of_email(account)
            password = getpass.getpass("Password at Kaspi: ")
        else:
            try:
                name, password = account_names.name_of_phone(account), ""
            except ValueError as error:
                raise CommandError(str(error)) from None
        return logins.start_login(
            user=user,
            account=name,
            password=password,
            keeps_password=keeps_password and bool(password),
            now=timezone.now(),
        )

    def _follow(self, user: User, login: Login) -> Login:
        while login.state in OPEN_LOGIN_STATES:
            if login.state == LoginState.CODE_NEEDED:
                code = input("Kaspi sent a code: ").strip()
                logins.enter_code(user=user, login_id=login.pk, code=code, now=timezone.now())
            elif login.state == LoginState.CHOOSE_MERCHANT:
                for shop in login.choices:
                    self.stdout.write(f"{shop['merchant_id']}  {shop['name']}")
                chosen = input("Which shop: ").strip()
                logins.choose_merchant(
                    user=user, login_id=login.pk, merchant_id=chosen, now=timezone.now()
                )
            time.sleep(_LOOK_S)
            logins.expire_logins(now=timezone.now())
            login = login_of(user, login_id=login.pk)
        return login
