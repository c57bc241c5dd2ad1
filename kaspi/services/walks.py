"""The walk through Kaspi's login pages, from the worker's side."""

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from kaspi.errors import BrowserGone, CodeRequired, LoginExpired, MerchantChoiceRequired
from kaspi.login_ports import Connected, Credentials, LoginStep, LoginWalk
from kaspi.models import Login, LoginState
from kaspi.ports import CookieJar
from kaspi.services import logins, sessions, syncs

logger = structlog.get_logger("kaspi.logins")
WALK_S = 90.0  # one leg of the walk, from an answer of ours to the next page that asks something
_ASKING_S = 0.5  # how often to see whether the seller has answered


def walk_login(*, login_id: UUID, clock: Callable[[], datetime]) -> None:
    """Carry one login to its end, once. Every anticipated end is written on the login."""
    login = logins.claim_login(login_id=login_id, now=clock())
    if login is None:
        return
    left: list[CookieJar] = []
    try:
        connected = _walk(login, clock, leave=left.append)
        _accept(login, connected, now=clock())
    except DomainError as error:
        logger.info("kaspi.login.failed", login_id=str(login.pk), code=error.code)
        for jar in left:
            logins.keep_device(login=login, jar=jar)
        logins.fail_login(login=login, error=error, now=clock())
    else:
        logger.info("kaspi.login.connected", login_id=str(login.pk))


def _walk(
    login: Login, clock: Callable[[], datetime], *, leave: Callable[[CookieJar], None]
) -> Connected:
    credentials = Credentials(account=login.account, password=login.password.reveal())
    jar = logins.jar_for(login)
    with runtime.held(
        lambda gateway: gateway.logins.start(
            credentials, jar=jar, is_silent=login.is_renewal, leave=leave
        ),
        timeout_s=WALK_S,
    ) as walk:
        while walk.step is not LoginStep.CONNECTED:
            _next_leg(login, walk, clock)
        return runtime.run(lambda _: walk.connected(), timeout_s=WALK_S)


def _next_leg(login: Login, walk: LoginWalk, clock: Callable[[], datetime]) -> None:
    if login.is_renewal:
        _go_on_alone(login, walk)
        return
    if walk.step is LoginStep.CODE_NEEDED:
        logins.ask(login=login, state=LoginState.CODE_NEEDED)
        code = _answer(login, walk, clock).reveal()
        runtime.run(lambda _: walk.enter_code(code), timeout_s=WALK_S)
        return
    choices = [{"merchant_id": m.merchant_id, "name": m.name} for m in walk.choices]
    logins.ask(login=login, state=LoginState.CHOOSE_MERCHANT, choices=choices)
    merchant_id = _answer(login, walk, clock).reveal()
    runtime.run(lambda _: walk.choose_merchant(merchant_id), timeout_s=WALK_S)


def _go_on_alone(login: Login, walk: LoginWalk) -> None:
    """Choose a shop that the seller has connected before; a code needs the seller."""
    if walk.step is LoginStep.CODE_NEEDED:
        raise CodeRequired
    known = sessions.merchant_ids_of(user=login.user, account=login.account)
    chosen = next((m.merchant_id for m in walk.choices if m.merchant_id in known), None)
    if chosen is None:
        raise MerchantChoiceRequired
    runtime.run(lambda _: walk.choose_merchant(chosen), timeout_s=WALK_S)


def _answer(login: Login, walk: LoginWalk, clock: Callable[[], datetime]) -> Secret:
    """Wait for the seller. The row is the mailbox, so the answer survives a restart of the API.

    Raises BrowserGone as soon as the page is, and LoginNotAsking when the time is over.
    """
    while (answer := logins.take_answer(login=login, now=clock())) is None:
        if not walk.is_open:
            raise BrowserGone("The browser that held the login is gone: start again.")
        time.sleep(_ASKING_S)
    return answer


def _accept(login: Login, connected: Connected, *, now: datetime) -> None:
    with transaction.atomic():
        login.refresh_from_db(fields=["keeps_password"])  # the seller may have changed their mind
        stores = sessions.open_session(
            user=login.user,
            account=login.account,
            connected=connected,
            now=now,
            password=login.password if login.keeps_password else None,
            brings_back=not login.is_renewal,
        )
        if not logins.is_open(login):  # given up meanwhile: whatever it opens is not wanted
            raise LoginExpired
        logins.close_connected(login=login, now=now)
        for store in stores:
            if login.is_renewal and store.synced_at is not None:
                continue  # its catalogue is as fresh as the rest of it
            if not syncs.is_under_way(store=store):
                syncs.begin_sync(store=store, now=now)
