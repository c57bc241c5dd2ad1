"""One answer, from the question to its last word: read, think, use tools, write.

The pieces come as they are written. Whoever closes the iterator stops the spending; what arrived
until then stays.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings

from ai import gateway
from ai.errors import ModelBroken, QuestionRefused, ToolsMisused
from ai.fences import asker
from ai.models import Message, MessageState
from ai.ports import Delta, Finish, Finished, Line, Question, Speaker, ToolCall
from ai.services import metering
from ai.services.budgets import Purse
from ai.services.conversations import Asked
from ai.services.history import lines_for
from ai.tools.kit import ArgumentsWrong, Hands, Tool, use
from ai.tools.offered import TOOLS
from ai.words import Assistant, Language
from cube_demper.kernel.errors import DomainError, Unavailable

logger = structlog.get_logger("ai.answers")
ROUNDS = 4  # of tools; then it has to answer with what it has
_LOOKS_EVERY_S = 0.5  # whether somebody asked to stop


@dataclass(frozen=True, slots=True)
class Used:
    """A tool was used."""

    tool: str


@dataclass(slots=True)
class _Draft:
    """An answer as far as it is."""

    lines: list[Line]
    said: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    faults: int = 0
    model: str = ""
    state: MessageState = MessageState.DONE
    error: str = ""
    looked_at: float = field(default_factory=time.monotonic)


def answer(
    asked: Asked, *, clock: metering.Clock, hands: Hands | None = None, note: str = ""
) -> Generator[Delta | Used]:
    """Write the answer to a question. Raises what ``ports``, ``budgets`` and ToolsMisused say.

    ``asked.answer`` is as it became when the iterator ends, however it ends.
    """
    draft = _Draft([])
    hands = hands or _hands(asked, clock)
    draft.state, draft.error = MessageState.STOPPED, "left"
    try:
        _moderate(asked)
        draft.lines = lines_for(asked, note=note, clock=clock)
        yield from _rounds(asked, draft, hands, clock)
    except DomainError as trouble:
        draft.state, draft.error = MessageState.FAILED, trouble.code
        logger.info("ai.answer.failed", message_id=asked.answer.pk, code=trouble.code)
        raise
    except Exception:
        draft.state, draft.error = MessageState.FAILED, "internal-error"
        raise
    finally:
        _keep(asked.answer, draft, hands, clock)


def _rounds(
    asked: Asked, draft: _Draft, hands: Hands, clock: metering.Clock
) -> Iterator[Delta | Used]:
    tools = TOOLS[Assistant(asked.conversation.assistant)]
    for number in range(ROUNDS + 1):
        offered = tools if number < ROUNDS else ()
        ending: Finished | None = None
        with closing(_asked_model(asked, draft, offered, clock)) as pieces:
            for piece in pieces:
                if isinstance(piece, Finished):
                    ending = piece
                    continue
                draft.said.append(piece.text)
                yield piece
                if _is_stopped(asked.answer, draft):
                    draft.error = ""
                    return
        if ending is None:
            raise ModelBroken
        draft.model = ending.model
        if ending.finish is not Finish.TOOL_CALLS:
            _end(draft, ending.finish)
            return
        for name in _use_tools(draft, offered, hands, ending.tool_calls):
            yield Used(name)
    raise ToolsMisused


def _asked_model(
    asked: Asked, draft: _Draft, offered: Sequence[Tool[Any]], clock: metering.Clock
) -> Generator[Delta | Finished]:
    conversation = asked.conversation
    question = Question(
        list(draft.lines),
        [tool.offer for tool in offered],
        most_tokens=settings.AI_ANSWER_TOKENS,
        asker=asker(asked.user.pk),
        cache_key=asked.answer.prompt,
    )
    return metering.ask(
        question,
        models=metering.tries(settings.AI_MODELS[conversation.assistant]),
        purse=Purse(asked.user, Assistant(conversation.assistant), "answer", conversation.pk),
        clock=clock,
    )


def _use_tools(
    draft: _Draft, offered: Sequence[Tool[Any]], hands: Hands, calls: Sequence[ToolCall]
) -> Iterator[str]:
    """Use what was called. Nonsense is told to the model once; the second time it is given up."""
    draft.lines.append(Line(Speaker.ASSISTANT, "", tuple(calls)))
    has_faults = False
    for call in calls:
        try:
            said = use(offered, hands, name=call.name, arguments=call.arguments)
        except ArgumentsWrong as wrong:
            has_faults, said = True, f"Refused: {wrong} Correct the call, or answer without it."
        else:
            draft.tools.append(call.name)
            yield call.name
        draft.lines.append(Line(Speaker.TOOL, said, answers=call.id))
    draft.faults += has_faults
    if draft.faults > 1:
        raise ToolsMisused


def _end(draft: _Draft, finish: Finish) -> None:
    if finish is Finish.CONTENT_FILTER:
        raise QuestionRefused
    draft.state = MessageState.CUT if finish is Finish.LENGTH else MessageState.DONE
    draft.error = ""


def _is_stopped(message: Message, draft: _Draft) -> bool:
    """Ask now and then whether somebody wants it to end."""
    if time.monotonic() - draft.looked_at < _LOOKS_EVERY_S:
        return False
    draft.looked_at = time.monotonic()
    is_stopped = Message.rows.filter(pk=message.pk, stop_asked_at__isnull=False).exists()
    metering.rest_without_database()
    return is_stopped


def _moderate(asked: Asked) -> None:
    """Let the provider judge the question, where it offers that. Raises QuestionRefused."""
    model = settings.AI_MODERATION_MODEL
    if not model:
        return
    try:
        is_refused = gateway.provider().refuses(asked.question.text, model=model)
    except (Unavailable, QuestionRefused) as trouble:
        logger.warning("ai.moderation.missing", code=trouble.code)
        return
    if is_refused:
        raise QuestionRefused


def _hands(asked: Asked, clock: metering.Clock) -> Hands:
    conversation = asked.conversation
    language = Language(conversation.language)
    return Hands(asked.user, conversation.pk, language, clock())


def _keep(message: Message, draft: _Draft, hands: Hands, clock: metering.Clock) -> None:
    """Write down what became of an answer; a conversation that was deleted meanwhile stays so."""
    message.text, message.state, message.error = "".join(draft.said), draft.state, draft.error
    message.tools, message.sources, message.model = draft.tools, hands.sources, draft.model
    message.finished_at = clock()
    Message.rows.filter(pk=message.pk).update(
        text=message.text,
        state=message.state,
        error=message.error,
        tools=message.tools,
        sources=message.sources,
        model=message.model,
        finished_at=message.finished_at,
    )
