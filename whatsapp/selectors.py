"""Reads with a shape."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import User
from whatsapp.errors import BroadcastMissing, ContactMissing, MessageMissing, TemplateMissing
from whatsapp.manners import Said
from whatsapp.models import Broadcast, Contact, Message, MessageState, Preferences, Template

_DAY = timedelta(days=1)


def messages_of(user: User) -> "QuerySet[Message]":
    """The seller's messages with whom they are about."""
    messages: QuerySet[Message] = Message.objects.for_user(user)
    return messages.select_related("contact")


def message_of(user: User, *, message_id: int) -> Message:
    """One of the seller's. Raises MessageMissing, also for somebody else's."""
    message = messages_of(user).filter(pk=message_id).first()
    if message is None:
        raise MessageMissing
    return message


def contacts_of(user: User) -> "QuerySet[Contact]":
    """The people whom the seller writes to, or who wrote."""
    contacts: QuerySet[Contact] = Contact.objects.for_user(user)
    return contacts


def contact_of(user: User, *, contact_id: int) -> Contact:
    """One of them. Raises ContactMissing."""
    contact = contacts_of(user).filter(pk=contact_id).first()
    if contact is None:
        raise ContactMissing
    return contact


def preferences_of(user_id: int) -> Preferences:
    """How a seller wants it; what everybody starts with where they never said."""
    found = Preferences.rows.filter(user=user_id).first()
    return found if found is not None else Preferences(user_id=user_id)


def said_lately(user_id: int, *, now: datetime) -> Sequence[Said]:
    """What a seller sent within the last day, oldest first."""
    ours = Message.rows.filter(user=user_id, said_at__gt=now - _DAY)
    rows = ours.exclude(state=MessageState.RECEIVED).order_by("said_at")
    return [
        Said(at, contact_id, is_first)
        for at, contact_id, is_first in rows.values_list("said_at", "contact_id", "is_first")
        if at is not None
    ]


def templates_of(user: User) -> "QuerySet[Template]":
    """The seller's templates."""
    templates: QuerySet[Template] = Template.objects.for_user(user)
    return templates


def template_of(user: User, *, template_id: int) -> Template:
    """One of them. Raises TemplateMissing."""
    template = templates_of(user).filter(pk=template_id).first()
    if template is None:
        raise TemplateMissing
    return template


def broadcasts_of(user: User) -> "QuerySet[Broadcast]":
    """The seller's broadcasts."""
    broadcasts: QuerySet[Broadcast] = Broadcast.objects.for_user(user)
    return broadcasts


def broadcast_of(user: User, *, broadcast_id: int) -> Broadcast:
    """One of them. Raises BroadcastMissing."""
    broadcast = broadcasts_of(user).filter(pk=broadcast_id).first()
    if broadcast is None:
        raise BroadcastMissing
    return broadcast
