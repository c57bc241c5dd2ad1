"""What can go wrong with the assistants."""

from cube_demper.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    RateExceeded,
    Unavailable,
)


class AssistantsOff(Unavailable):
    """The assistants are switched off in this installation."""

    code = "assistants-off"


class ModelUnpriced(Unavailable):
    """Nobody has said what this language model costs."""

    code = "model-unpriced"


class ModelBusy(Unavailable):
    """The language model has too much to do: try again."""

    code = "model-busy"


class ModelAccountEmpty(Unavailable):
    """The account at the provider of language models is empty."""

    code = "model-account-empty"


class ModelKeyRefused(Unavailable):
    """The provider of language models refuses our key."""

    code = "model-key-refused"


class ModelGone(Unavailable):
    """The language model is not there any more."""

    code = "model-gone"


class ModelUnreachable(Unavailable):
    """The provider of language models does not answer."""

    code = "model-unreachable"


class ModelSilent(Unavailable):
    """The language model did not answer in time."""

    code = "model-silent"


class ModelBroken(Unavailable):
    """The language model's answer broke off, or makes no sense."""

    code = "model-broken"


class ContextTooLong(Invalid):
    """This is more than the language model can read at once."""

    code = "context-too-long"


class QuestionRefused(Invalid):
    """The language model does not answer this."""

    code = "question-refused"


class ToolsMisused(Unavailable):
    """The language model did not get on with its tools: ask in other words."""

    code = "tools-misused"


class AllowanceSpent(LimitReached):
    """The month's allowance for assistants is spent."""

    code = "assistant-allowance-spent"


class DayBudgetSpent(RateExceeded):
    """The assistants have answered all they may today."""

    code = "assistant-day-spent"


class TooManyAnswers(RateExceeded):
    """You are being answered often enough already."""

    code = "too-many-answers"


class AnswerPlacesFull(Unavailable):
    """All places at the assistants are taken."""

    code = "answer-places-full"


class ConversationMissing(NotFound):
    """You have no such conversation."""

    code = "conversation-missing"


class MessageMissing(NotFound):
    """There is no such message in this conversation."""

    code = "message-missing"


class OtherAssistant(Conflict):
    """This conversation is with another assistant."""

    code = "other-assistant"


class AnswerRunning(Conflict):
    """The assistant is still answering in this conversation."""

    code = "answer-running"


class NothingRunning(Conflict):
    """No answer is being written in this conversation."""

    code = "nothing-running"


class SuggestionMissing(NotFound):
    """You have no such suggestion."""

    code = "suggestion-missing"


class SuggestionSettled(Conflict):
    """This suggestion was decided on already, or is too old."""

    code = "suggestion-settled"


class SalesmanHoursUpsideDown(Invalid):
    """The salesman would stop before it begins."""

    code = "salesman-hours-upside-down"
