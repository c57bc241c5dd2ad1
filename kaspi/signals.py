"""What kaspi announces to whoever is above it. A receiver only orders a job."""

from django.dispatch import Signal

order_changed = Signal()
"""An order is new, has another state or status, or went to a courier. Sends ``order_id``,
``store_id`` and ``is_new``, in its transaction."""

orders_token_refused = Signal()
"""Kaspi refused a store's token for orders: the seller has to make a new one. Sends ``store_id``,
in its transaction."""

sync_ordered = Signal()
"""A store's catalogue is to be read. Sends ``job_id`` and its ``kind``, in its transaction."""

login_needed = Signal()
"""Only its seller can bring a session back. Sends ``session_id``, ``user_id`` and the ``reason``,
an error's code, in its transaction; once for each end."""
