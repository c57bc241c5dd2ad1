"""What products announces to whoever is above it."""

from django.dispatch import Signal

preorder_change_settled = Signal()
"""Preorder days were applied, or can't be. Sends the ``change`` and ``now``, in its transaction."""
