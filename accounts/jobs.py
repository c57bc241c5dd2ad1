"""The work that may be ordered here. Done in ``tasks.py``."""

from cube_demper.kernel.jobs import Job, enqueue

SEND_RESET = Job("accounts.send_reset")
SEND_PROOF = Job("accounts.send_proof")
SEND_KNOWN = Job("accounts.send_known")
SEND_INVITATION = Job("accounts.send_invitation")
MAIL_PATIENCE_S = 3600.0  # a mail that is later than that surprises


def send_reset(*, email: str) -> None:
    """Mail the link by which a password is set anew, if there is such an account."""
    enqueue(SEND_RESET, expires_s=MAIL_PATIENCE_S, email=email)


def send_known(*, email: str) -> None:
    """Mail somebody who has an account that it was asked for again, and how to come in."""
    enqueue(SEND_KNOWN, expires_s=MAIL_PATIENCE_S, email=email)


def send_proof(*, user_id: int, email: str) -> None:
    """Mail the link that proves that an address is a user's."""
    enqueue(SEND_PROOF, expires_s=MAIL_PATIENCE_S, user_id=user_id, email=email)


def send_invitation(*, membership_id: int) -> None:
    """Mail the link by which an invitation to a team is accepted."""
    enqueue(SEND_INVITATION, expires_s=MAIL_PATIENCE_S, membership_id=membership_id)
