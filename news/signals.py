"""What news announces to whoever is above it."""

from django.dispatch import Signal

told = Signal()
"""Sellers were told something. Sends ``events``, the rows, in the transaction that wrote them: a
receiver that writes nothing costs nothing."""
