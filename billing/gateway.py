"""Opens the payment provider: the only place where settings become the client's frozen config."""

from django.conf import settings

from billing.clients.tiptoppay import TipTopPay
from billing.clients.wire import Terminal, Wire
from billing.errors import PaymentsOff
from billing.ports import PaymentProvider


def open_provider() -> PaymentProvider:
    """The provider that the settings name. Raises PaymentsOff where they name none."""
    if not (settings.TIPTOPPAY_PUBLIC_ID and settings.TIPTOPPAY_API_SECRET):
        raise PaymentsOff
    terminal = Terminal(
        base_url=settings.TIPTOPPAY_URL.rstrip("/"),
        public_id=settings.TIPTOPPAY_PUBLIC_ID,
        api_secret=settings.TIPTOPPAY_API_SECRET,
    )
    return TipTopPay(Wire(terminal, timeout_s=settings.TIPTOPPAY_TIMEOUT_S))
