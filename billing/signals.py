"""What billing announces to whoever is above it. A receiver only orders a job."""

from django.dispatch import Signal

terms_changed = Signal()
"""What a seller may do is different now, or may be. Sends ``user_id``, in its transaction."""
