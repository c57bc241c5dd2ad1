"""What the assistants' addresses take and give."""

from typing import Any

from rest_framework import serializers
from typing_extensions import override

from ai.models import Author, MessageState, Opinion, SuggestionState
from ai.words import Assistant, Language
from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField, TiynField

LONGEST_QUESTION = 8_000
MOST_ATTACHMENTS = 3
LONGEST_ATTACHMENTS = 60_000  # letters, all of them together


class LowerChoiceField(serializers.ChoiceField):
    """A code as the API speaks it: ``lawyer`` for ``LAWYER``."""

    def __init__(self, codes: Any, **kwargs: Any) -> None:
        super().__init__([code.lower() for code in codes], **kwargs)
        self._by_word = {code.lower(): code for code in codes}

    @override
    def to_internal_value(self, data: Any) -> Any:
        return self._by_word[super().to_internal_value(data)]


class AttachmentInput(Input):
    """A document as text: a contract, a letter."""

    name = StrictCharField(max_length=200)
    text = StrictCharField(max_length=LONGEST_ATTACHMENTS)


class ChatInput(Input):
    """A question. Without ``conversation_id`` it begins a conversation."""

    assistant = LowerChoiceField(Assistant.values)
    conversation_id = StrictIntegerField(required=False, allow_null=True, min_value=1, default=None)
    text = StrictCharField(max_length=LONGEST_QUESTION)
    language = serializers.ChoiceField(
        Language.values, required=False, allow_null=True, default=None
    )
    attachments = serializers.ListField(
        child=AttachmentInput(), required=False, max_length=MOST_ATTACHMENTS
    )

    def validate_attachments(self, given: list[dict[str, str]]) -> list[dict[str, str]]:
        if sum(len(one["text"]) for one in given) > LONGEST_ATTACHMENTS:
            raise serializers.ValidationError(
                f"At most {LONGEST_ATTACHMENTS} letters together are expected."
            )
        return given


class TitleInput(Input):
    title = StrictCharField(max_length=200)


class OpinionInput(Input):
    """Whether an answer helped; ``none`` takes an opinion back."""

    opinion = serializers.ChoiceField(["good", "bad", "none"])
    remark = StrictCharField(required=False, max_length=1000, allow_blank=True, default="")


class ConversationOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    assistant = CodeField()
    language = serializers.CharField()
    title = serializers.CharField()
    begun_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField()


class SourceOutput(serializers.Serializer[Any]):
    """A passage that an answer was given."""

    passage_id = serializers.IntegerField()
    document = serializers.CharField()
    article = serializers.CharField()


class AttachmentOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    letters = serializers.SerializerMethodField()

    def get_letters(self, one: dict[str, str]) -> int:
        return len(one["text"])


class TurnOutput(serializers.Serializer[Any]):
    """One turn. ``error`` is a problem's code; ``prompt`` the prompt's name and version."""

    id = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    author = serializers.ChoiceField([one.lower() for one in Author.values])
    state = serializers.ChoiceField([one.lower() for one in MessageState.values])
    text = serializers.CharField()
    attachments = AttachmentOutput(many=True)
    prompt = serializers.CharField()
    model = serializers.CharField()
    tools = serializers.ListField(child=serializers.CharField())
    sources = SourceOutput(many=True)
    error = serializers.CharField()
    opinion = serializers.SerializerMethodField()
    written_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_opinion(self, message: Any) -> str:
        return message.opinion.lower() or "none"

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        said = super().to_representation(instance)
        return {**said, "author": said["author"].lower(), "state": said["state"].lower()}


class SuggestionOutput(serializers.Serializer[Any]):
    """A change that an assistant would make; it is not made until the seller confirms it."""

    id = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    changes = serializers.DictField()
    before = serializers.DictField()
    state = serializers.ChoiceField([one.lower() for one in SuggestionState.values])
    made_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        said = super().to_representation(instance)
        return {**said, "state": said["state"].lower()}


class AllowanceOutput(serializers.Serializer[Any]):
    """The month's allowance. ``reserved_tiyn`` is what running answers may cost at most."""

    cap_tiyn = TiynField(source="cap")
    spent_tiyn = TiynField(source="spent")
    reserved_tiyn = TiynField(source="reserved")
    resets_at = serializers.DateTimeField()


OPINIONS = {"good": Opinion.GOOD, "bad": Opinion.BAD, "none": Opinion.NONE}
