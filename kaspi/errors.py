"""What goes wrong with a marketplace, by what can be done about it.

    Unavailable                 wait, or ask a person
    ├── SessionDead             a person logs in again
    ├── WalledOff               slow down until ``retry_at``
    ├── PushBanned              no pushes of this store until ``retry_at``
    ├── CodesFlooded            no logins of this account until ``retry_at``
    ├── LoginTimedOut, BrowserGone
    ├── KaspiUnavailable        transient: the same read may succeed in a moment
    │   ├── KaspiSilent         the request was taken and no answer came in time
    │   └── PushUnanswered      the push went out; only reading the listing can tell
    └── PayloadUnreadable       Kaspi changed its words: a programmer looks
    Conflict                    the same request would end the same way
    ├── RequestRefused ── PushRejected, ListingWithoutPoints
    └── WrongPassword, CodeRequired, CodeWrong, MerchantChoiceRequired, NoMerchant, LoginRefused …

A failure of the partner is turned into one of these in ``kaspi/clients`` and nowhere else.
"""

from datetime import UTC, datetime, timedelta

from cube_demper.kernel.errors import Conflict, DomainError, Invalid, NotFound, Unavailable


class KaspiError(DomainError):
    """Kaspi did not do what we asked."""

    code = "kaspi-error"

    def __init__(
        self, detail: str = "", *, retry_at: datetime | None = None, wait_s: float | None = None
    ) -> None:
        """Say what happened; ``wait_s`` seconds from now, if given, becomes ``retry_at``."""
        if wait_s is not None:
            retry_at = datetime.now(UTC) + timedelta(seconds=wait_s)
        super().__init__(detail, retry_at=retry_at)
        self.wait_s = wait_s


# ── The marketplace, any request ─────────────────────────────────────────────────────────────────


class KaspiUnavailable(KaspiError, Unavailable):
    """Kaspi does not answer properly: try again in a moment."""

    code = "kaspi-unavailable"


class KaspiSilent(KaspiUnavailable):
    """Kaspi took the request and did not answer in time."""

    code = "kaspi-silent"


class SessionDead(KaspiError, Unavailable):
    """Kaspi ended the session: log in again."""

    code = "session-dead"


class WalledOff(KaspiError, Unavailable):
    """Kaspi turned our address away: slow down, or use another address."""

    code = "walled-off"


class RequestRefused(KaspiError, Conflict):
    """Kaspi refused the request, and would refuse it again."""

    code = "request-refused"


class PayloadUnreadable(KaspiError, Unavailable):
    """Kaspi's answer has a shape that we do not know."""

    code = "payload-unreadable"

    def __init__(self, field: str, problem: str) -> None:
        """Name the ``field`` (``data[3].price``) and what is wrong with it."""
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


# ── Listings and pushes ──────────────────────────────────────────────────────────────────────────


class ListingMissing(KaspiError, NotFound):
    """The store's catalogue has no such listing."""

    code = "listing-missing"


class ListingWithoutPoints(RequestRefused):
    """The listing names no point of sale, so a push could take it off sale."""

    code = "listing-without-points"


class PushRejected(RequestRefused):
    """Kaspi refused the price change as malformed."""

    code = "push-rejected"


class PushBanned(KaspiError, Unavailable):
    """Kaspi stopped this store's price changes for a while."""

    code = "pushes-banned"


class PushUnanswered(KaspiUnavailable):
    """The price change went out and no clear answer came: read the listing before another."""

    code = "push-unanswered"


# ── Orders ───────────────────────────────────────────────────────────────────────────────────────


class OrdersTokenRefused(KaspiError, Conflict):
    """Kaspi refused the token for orders: make a new one in the cabinet's settings."""

    code = "orders-token-refused"


class OrdersAddressForeign(KaspiError, Unavailable):
    """Kaspi keeps orders back from our address: it has to be one in Kazakhstan."""

    code = "orders-address-foreign"


class OrderMissing(KaspiError, NotFound):
    """The store has no such order."""

    code = "order-missing"


class OrdersTokenMissing(NotFound):
    """The store has no token for orders: set one first."""

    code = "orders-token-missing"


# ── Login ────────────────────────────────────────────────────────────────────────────────────────


class WrongPassword(KaspiError, Conflict):
    """Kaspi refused the e-mail or the password: correct it and log in again."""

    code = "wrong-password"


class CodeRequired(KaspiError, Conflict):
    """Kaspi asks for the code it sent, and a person has to enter it."""

    code = "code-required"


class CodeWrong(KaspiError, Conflict):
    """Kaspi refused the code: log in again to get a new one."""

    code = "code-wrong"


class CodesFlooded(KaspiError, Unavailable):
    """Codes were asked for too often: wait, then log in again."""

    code = "codes-flooded"


class MerchantChoiceRequired(KaspiError, Conflict):
    """The login opens several shops: choose one."""

    code = "merchant-choice-required"


class NoMerchant(KaspiError, Conflict):
    """The login opens no shop on Kaspi: ask the shop's owner for access."""

    code = "no-merchant"


class LoginRefused(KaspiError, Conflict):
    """Kaspi refused the login for a reason of its own."""

    code = "login-refused"


class LoginTimedOut(KaspiError, Unavailable):
    """The login pages took too long: log in again."""

    code = "login-timed-out"


class BrowserGone(KaspiError, Unavailable):
    """The browser that walks the login pages can't be used: try again."""

    code = "browser-gone"


# ── Our own house ────────────────────────────────────────────────────────────────────────────────


class StoreMissing(NotFound):
    """You have no such store."""

    code = "store-missing"


class StoreRemoved(Conflict):
    """Its seller took this store away: log in to it, or claim it, to bring it back."""

    code = "store-removed"


class StoreTaken(Conflict):
    """This shop is connected by another seller here."""

    code = "store-taken"


class StoreNotConnected(Conflict):
    """The store's Kaspi session is not alive: log in first."""

    code = "store-not-connected"


class PriceListMissing(NotFound):
    """There is no such price list."""

    code = "price-list-missing"


class PriceListNotReady(Unavailable):
    """Nothing is known of the store's products yet: import a file, or read the catalogue."""

    code = "price-list-not-ready"


class FileUnreadable(Invalid):
    """The file is neither a price list in XML nor a sheet."""

    code = "file-unreadable"


class FileTooLarge(Invalid):
    """The file is larger than we take."""

    code = "file-too-large"


class ProxyUnusable(Invalid):
    """The address of a proxy is not one that we can use."""

    code = "proxy-unusable"


class LoginMissing(NotFound):
    """You have no such login."""

    code = "login-missing"


class LoginExpired(Unavailable):
    """The login took too long, or the browser that held it is gone: start again."""

    code = "login-expired"


class LoginUnderWay(Conflict):
    """A login to this account is under way: finish it, or wait until it expires."""

    code = "login-under-way"


class LoginNotAsking(Conflict):
    """This login does not wait for that answer, or its time is over."""

    code = "login-not-asking"


class JobMissing(NotFound):
    """You have no such job."""

    code = "job-missing"


class SyncUnderWay(Conflict):
    """The catalogue of this store is being read already."""

    code = "sync-under-way"
