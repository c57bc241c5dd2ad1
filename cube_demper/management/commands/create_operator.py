"""`manage.py create_operator EMAIL`: open an account with every right."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from typing_extensions import override

from accounts.services import audit
from accounts.services.joining import register_operator
from cube_demper.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Open an operator's account. The password is asked for, or read from OPERATOR_PASSWORD."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    @override
    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        password = os.environ.get("OPERATOR_PASSWORD") or getpass.getpass("Password: ")
        try:
            with transaction.atomic():
                now = timezone.now()
                operator = register_operator(email=email, password=password, name=name, now=now)
                audit.record_operation(
                    by=getpass.getuser(),
                    of=operator,
                    action="operator.created",
                    subject="account",
                    subject_id=operator.pk,
                    now=now,
                )
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{email} may now log in at /admin/.")
