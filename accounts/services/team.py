"""A seller's team: who is invited, who accepted, and what each may do.

A helper acts in the seller's name: whatever is read or written is the seller's, and the audit says
who it was. What each role may do is asked in ``api/permissions.py``.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import mails
from accounts.errors import (
    AlreadyInTeam,
    HelperMissing,
    InvitationSpent,
    SellerMissing,
    TooManyHelpers,
)
from accounts.jobs import send_invitation
from accounts.models import Actor, Membership, TeamRole, User
from accounts.services import audit, mailed, tries
from cube_demper.kernel import plan_gate

_INVITATION_LIVES = timedelta(days=7)
_MOST = 50


def team_of(seller: User) -> "QuerySet[Membership]":
    """A seller's helpers, and whoever is invited."""
    team: QuerySet[Membership] = Membership.objects.for_user(seller)
    return team.select_related("helper")


def invite(*, seller: User, email: str, role: TeamRole, now: datetime) -> Membership:
    """Invite somebody by mail; once more, and with another role, where nobody answered yet.

    Raises AlreadyInTeam for one who helps already and for the seller's own address,
    TooManyHelpers, TooManyTries, and LimitReached where the plan has no room.
    """
    tries.spend(tries.invitation_buckets(seller_id=seller.pk), now=now)
    email = User.objects.normalize_email(email)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=seller.pk)  # one who invites at a time
        row = team_of(seller).filter(email__iexact=email).first()
        if email.lower() == seller.email.lower() or (row is not None and row.helper_id is not None):
            raise AlreadyInTeam
        if row is None:
            if team_of(seller).count() >= _MOST:
                raise TooManyHelpers
            plan_gate.check_room(
                user_id=seller.pk, limit="helpers", taken=team_of(seller).count, now=now
            )
            row = Membership(seller=seller, email=email, invited_at=now)
        changes = {"email": (None, email), "role": (row.role or None, role.value)}
        row.role = role
        row.save()
        _record(row, "helper.invited", changes, seller, now)
        send_invitation(membership_id=row.pk)
    return row


def mail_invitation(*, membership_id: int, now: datetime) -> None:
    """Mail the link by which an invitation is accepted; one that was mailed before is dead."""
    invited = Membership.objects.across_users(reason="a worker mails anybody's invitation")
    with transaction.atomic():
        open_ones = invited.filter(pk=membership_id, helper=None, seller__is_active=True)
        row: Membership | None = (
            open_ones.select_for_update(of=("self",)).select_related("seller").first()
        )
        if row is None:
            return
        secret = mailed.new_secret()
        row.secret_hash, row.expires_at = mailed.hashed(secret), now + _INVITATION_LIVES
        row.save(update_fields=["secret_hash", "expires_at"])
        mails.send_invitation(to=row.email, seller=row.seller.name, secret=secret)


def accept(*, helper: User, secret: str, now: datetime) -> Membership:
    """Join the team one was invited to.

    An account that was opened after the invitation acts for this seller unless it says otherwise,
    as long as it has no other; one that was there before acts for itself unless it says otherwise.
    Raises InvitationSpent, AlreadyInTeam and TooManyTries.
    """
    invited = Membership.objects.across_users(reason="an invitation says whose it is")
    counted = tries.paid(tries.joining_buckets(user_id=helper.pk), now=now)
    try:
        with counted, transaction.atomic():
            row: Membership | None = (
                invited.select_for_update(of=("self",))
                .select_related("seller")
                .filter(secret_hash=mailed.hashed(secret), helper=None, expires_at__gt=now)
                .filter(seller__is_active=True)
                .first()
            )
            if row is None:
                raise InvitationSpent
            row.helper, row.accepted_at, row.secret_hash = helper, now, ""
            row.save()
            _choose_default(helper, newest=row)
            row.seller.acting = helper.acting
            _record(row, "helper.joined", {"email": (None, helper.email)}, row.seller, now)
    except IntegrityError:
        raise AlreadyInTeam from None
    return row


def _choose_default(helper: User, *, newest: Membership) -> None:
    is_only_one = helper.memberships.count() == 1
    was_opened_for_it = helper.joined_at >= newest.invited_at
    helper.default_membership = newest if is_only_one and was_opened_for_it else None
    helper.save(update_fields=["default_membership"])


def change_role(*, seller: User, membership_id: int, role: TeamRole, now: datetime) -> Membership:
    """Let a helper do more or less, from the next request on. Raises HelperMissing."""
    with transaction.atomic():
        row = _locked(seller, membership_id)
        changes = {"role": (row.role, role.value)}
        row.role = role
        row.save(update_fields=["role"])
        _record(row, "helper.role-changed", changes, seller, now)
    return row


def remove(*, seller: User, membership_id: int, now: datetime) -> None:
    """Take a helper or an invitation off the team, from the next request on.

    Raises HelperMissing.
    """
    with transaction.atomic():
        row = _locked(seller, membership_id)
        _record(row, "helper.removed", {"email": (row.email, None)}, seller, now)
        row.delete()


def sellers_of(helper: User) -> "QuerySet[Membership]":
    """The teams somebody belongs to."""
    joined = Membership.objects.across_users(reason="a helper asks whom to help")
    own: QuerySet[Membership] = joined.filter(helper=helper, seller__is_active=True)
    return own.select_related("seller")


def leave(*, helper: User, seller_id: int, now: datetime) -> None:
    """Leave a team. Raises SellerMissing."""
    with transaction.atomic():
        row = sellers_of(helper).select_for_update(of=("self",)).filter(seller=seller_id).first()
        if row is None:
            raise SellerMissing
        row.seller.acting = Actor(user_id=helper.pk, email=helper.email)
        _record(row, "helper.left", {"email": (row.email, None)}, row.seller, now)
        row.delete()


def _locked(seller: User, membership_id: int) -> Membership:
    row = team_of(seller).select_for_update(of=("self",)).filter(pk=membership_id).first()
    if row is None:
        raise HelperMissing
    return row


def _record(
    row: Membership, action: str, changes: audit.Changes, seller: User, now: datetime
) -> None:
    audit.record(
        seller=seller,
        action=action,
        subject="helper",
        subject_id=row.pk,
        changes=changes,
        now=now,
    )
