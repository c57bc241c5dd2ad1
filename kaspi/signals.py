"""What kaspi announces to whoever is above it. A receiver only orders a job."""

from django.dispatch import Signal

sync_ordered = Signal()
"""A store's catalogue is to be read. Sends ``job_id`` and its ``kind``, in its transaction."""
