"""Background work of this app: each task is a door to one service."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.jobs import SEND_INVITATION, SEND_KNOWN, SEND_PROOF, SEND_RESET
from accounts.services import mailed, passwords, profiles, sign_ins, team


@shared_task(name="accounts.forget_tokens")
def forget_tokens(**_: Any) -> None:
    now = timezone.now()
    sign_ins.forget_sign_ins(now=now)
    mailed.forget_tokens(now=now)


@shared_task(name=str(SEND_RESET))
def send_reset(*, email: str, **_: Any) -> None:
    passwords.mail_reset(email=email, now=timezone.now())


@shared_task(name=str(SEND_KNOWN))
def send_known(*, email: str, **_: Any) -> None:
    passwords.mail_known(email=email, now=timezone.now())


@shared_task(name=str(SEND_PROOF))
def send_proof(*, user_id: int, email: str, **_: Any) -> None:
    profiles.mail_proof(user_id=user_id, email=email, now=timezone.now())


@shared_task(name=str(SEND_INVITATION))
def send_invitation(*, membership_id: int, **_: Any) -> None:
    team.mail_invitation(membership_id=membership_id, now=timezone.now())
