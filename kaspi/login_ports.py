"""What we ask of Kaspi's login pages, in our words: a walk that ends in a session."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from kaspi.ports import CookieJar, Merchant

CODE_SHAPE = r"[0-9A-Za-z]{4,8}"  # of what Kaspi mails or texts


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a seller types into Kaspi's login page: a telephone number goes without a password."""

    account: str
    password: str = field(default="", repr=False)


class LoginStep(Enum):
    """Where a login walk stands."""

    CONNECTED = "connected"
    CODE_NEEDED = "code-needed"
    CHOOSE_MERCHANT = "choose-merchant"


@dataclass(frozen=True, slots=True)
class Connected:
    """A session, and the shops that it opens."""

    jar: CookieJar
    merchants: tuple[Merchant, ...]


class LoginWalk(Protocol):
    """A login under way, on a page that stays open until the walk is left.

    An error ends the walk: nothing is typed twice, and a refused code is dead.
    """

    @property
    def step(self) -> LoginStep:
        """What the walk waits for, or CONNECTED."""

    @property
    def choices(self) -> Sequence[Merchant]:
        """The shops to choose from at CHOOSE_MERCHANT, else nothing."""

    @property
    def is_open(self) -> bool:
        """Is the page still there? Once it is gone, no answer helps any more."""

    async def enter_code(self, code: str) -> LoginStep:
        """Enter the code that Kaspi sent. Raises CodeWrong and CodesFlooded."""

    async def choose_merchant(self, merchant_id: str) -> LoginStep:
        """Go on with one of ``choices``."""

    async def connected(self) -> Connected:
        """Read the session and its shops. Raises CodeRequired or MerchantChoiceRequired before."""


class Logins(Protocol):
    """Walks through Kaspi's login pages."""

    def start(
        self,
        credentials: Credentials,
        *,
        jar: CookieJar | None = None,
        is_silent: bool = False,
        leave: Callable[[CookieJar], None] | None = None,
    ) -> AbstractAsyncContextManager[LoginWalk]:
        """Walk up to the first page that needs a person, or to the end.

        The account's earlier ``jar``, if there is one, makes it less likely that Kaspi asks for a
        code. A silent walk has nobody to ask: unless the jar's sign-on still lives, it raises
        SessionDead rather than have a code texted, and where it has no password.

        ``leave`` is told the lasting cookies when the walk ends, however far it came.

        Raises WrongPassword, CodesFlooded, NoMerchant, LoginRefused, LoginTimedOut, WalledOff,
        BrowserGone and KaspiUnavailable. The page is closed when the block is left.
        """
