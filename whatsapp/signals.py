"""What WhatsApp announces to whoever is above it."""

from django.dispatch import Signal

message_received = Signal()
"""Somebody wrote to a seller. Sends ``message_id`` (the row's) and ``user_id``, in its transaction:
a receiver only orders a job."""
