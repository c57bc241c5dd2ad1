"""Conversations with assistants, and what assistants suggest in them."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from ai.words import Assistant, Language
from cube_demper.kernel.tenancy import TenantManager


class Conversation(models.Model):
    """One seller's talk with one assistant. ``summary`` is of what was said up to ``summed_to``.

    Where it ``is_with_buyer``, a stranger speaks: all that they say is data.
    """

    user = models.ForeignKey(
        "accounts.User", models.CASCADE, related_name="assistant_conversations"
    )
    assistant = models.CharField(max_length=16, choices=Assistant)
    language = models.CharField(max_length=2, choices=Language)
    title = models.CharField(max_length=200)
    is_with_buyer = models.BooleanField(default=False)
    summary = models.TextField(blank=True)
    summed_to = models.BigIntegerField(default=0)  # the id of a message
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField()

    objects = TenantManager["Conversation"](path="user")
    rows = models.Manager["Conversation"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index("user", "id", name="conversation_of_user"),
            models.Index("used_at", name="conversation_unused"),
        ]

    @override
    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Author(models.TextChoices):
    SELLER = "SELLER", "The seller"
    ASSISTANT = "ASSISTANT", "The assistant"


class MessageState(models.TextChoices):
    RUNNING = "RUNNING", "Being written"
    DONE = "DONE", "Written"
    CUT = "CUT", "Cut at the longest answer"
    STOPPED = "STOPPED", "Stopped by whoever asked"
    FAILED = "FAILED", "Broke off"


class Opinion(models.TextChoices):
    NONE = "", "None"
    GOOD = "GOOD", "Helped"
    BAD = "BAD", "Did not help"


class Message(models.Model):
    """One turn of a conversation.

    Of an assistant's: ``prompt`` names the prompt and its version (``lawyer.ru@1``), ``model`` who
    answered, ``tools`` what was used, ``sources`` the passages that it was given, ``error`` why it
    broke off.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    author = models.CharField(max_length=16, choices=Author)
    state = models.CharField(max_length=16, choices=MessageState, default=MessageState.DONE)
    text = models.TextField(blank=True)
    attachments = models.JSONField(default=list, blank=True)  # {"name", "text"}
    prompt = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=100, blank=True)
    tools = models.JSONField(default=list, blank=True)
    sources = models.JSONField(default=list, blank=True)
    error = models.CharField(max_length=64, blank=True)
    opinion = models.CharField(max_length=8, choices=Opinion, blank=True)
    remark = models.CharField(max_length=1000, blank=True)  # with the opinion
    written_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Message"](path="conversation__user")
    rows = models.Manager["Message"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [models.Index("conversation", "id", name="message_of_conversation")]
        constraints = [
            models.UniqueConstraint(
                "conversation",
                name="one_running_answer",
                condition=Q(state=MessageState.RUNNING),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"message {self.pk}"


class SuggestionState(models.TextChoices):
    OPEN = "OPEN", "Waits for the seller"
    CONFIRMED = "CONFIRMED", "Done"
    DECLINED = "DECLINED", "Not wanted"


class Suggestion(models.Model):
    """A change that an assistant would make, and that only its seller can.

    ``changes`` and ``before`` are as ``PATCH /products/{id}`` takes and shows them.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="suggestions")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="suggestions")
    product = models.ForeignKey("products.Product", models.CASCADE, related_name="+")
    changes = models.JSONField()
    before = models.JSONField()
    state = models.CharField(max_length=16, choices=SuggestionState, default=SuggestionState.OPEN)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Suggestion"](path="user")
    rows = models.Manager["Suggestion"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [models.Index("user", "id", name="suggestion_of_user")]

    @override
    def __str__(self) -> str:
        return f"suggestion {self.pk}"
