"""Asking a language model for money: reserved, asked, settled; and again where that helps."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection

from ai import gateway, prices
from ai.breaker import RESTS_LONG
from ai.errors import (
    ModelAccountEmpty,
    ModelBroken,
    ModelBusy,
    ModelGone,
    ModelKeyRefused,
    ModelSilent,
    ModelUnreachable,
)
from ai.models import ModelCall
from ai.ports import Delta, Finished, Question, Usage
from ai.services import budgets
from ai.services.budgets import Purse
from cube_demper.kernel.errors import DomainError

logger = structlog.get_logger("ai.metering")
Clock = Callable[[], datetime]
_AGAIN = (ModelBusy, ModelUnreachable, ModelSilent, ModelBroken, ModelGone)
_TROUBLE = (ModelUnreachable, ModelSilent, ModelBroken)
_UNKNOWN = (ModelSilent, ModelBroken)
_FOR_A_PERSON = (ModelAccountEmpty, ModelKeyRefused, ModelGone)
_PAUSE_S = 0.3


def ask(
    question: Question, *, models: Sequence[str], purse: Purse, clock: Clock
) -> Generator[Delta | Finished]:
    """Ask the first of these models; where it fails before it says a word, the next.

    Closing the iterator ends the spending. Raises what ``ports`` and ``budgets`` name.
    """
    for number, model in enumerate(models):
        is_last = number == len(models) - 1
        has_spoken = False
        try:
            attempt = _attempt(question, model=model, purse=purse, clock=clock)
            with closing(attempt) as pieces:
                for piece in pieces:
                    has_spoken = True
                    yield piece
        except _AGAIN:
            if has_spoken or is_last:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def tries(model: str) -> list[str]:
    """The models to ask in turn: the wanted one twice, then the fallback, where there is one."""
    fallback = settings.AI_FALLBACK_MODEL
    return [model, model, *([fallback] if fallback and fallback != model else [])]


def _attempt(
    question: Question, *, model: str, purse: Purse, clock: Clock
) -> Generator[Delta | Finished]:
    provider, breaker = gateway.provider(), gateway.breaker()
    breaker.check(now=clock())
    price, most = prices.price_of(model, settings.AI_PRICES), prices.most_usage(question)
    cap = budgets.monthly_cap(purse.user)
    call = budgets.reserve(purse, model=model, price=price, usage=most, cap=cap, now=clock())
    said: list[str] = []
    ending: Finished | None = None
    error = "left"
    rest_without_database()
    answer = provider.answer(question, model=model)
    try:
        for piece in answer:
            if isinstance(piece, Finished):
                ending = piece
                break
            said.append(piece.text)
            yield piece
    except DomainError as trouble:
        error = trouble.code
        _note(trouble)
        if not isinstance(trouble, _UNKNOWN) and not said:
            budgets.release(call, error=error, now=clock())
        raise
    finally:
        answer.close()  # the request ends now
        _settle(call, ending, most, said, error=error, now=clock())
    breaker.note_success()
    if ending is not None:
        yield ending


def _settle(
    call: ModelCall,
    ending: Finished | None,
    most: Usage,
    said: Sequence[str],
    *,
    error: str,
    now: datetime,
) -> None:
    if ending is not None:
        budgets.settle(call, ending, now=now)
        return
    guess = Usage(prompt=most.prompt, completion=prices.tokens_in("".join(said)))
    budgets.lose(call, delivered=guess, error=error, now=now)


def _note(trouble: DomainError) -> None:
    """Count trouble; what only a person can mend lets the provider rest, and is told loudly."""
    breaker = gateway.breaker()
    if isinstance(trouble, _FOR_A_PERSON):
        logger.error("ai.provider.refuses", code=trouble.code)
        if not isinstance(trouble, ModelGone):
            breaker.rest(RESTS_LONG)
    elif isinstance(trouble, _TROUBLE):
        logger.warning("ai.provider.trouble", code=trouble.code)
        breaker.note_failure()


def rest_without_database() -> None:
    """Give the connection back while somebody else thinks."""
    if not connection.in_atomic_block:
        connection.close()
