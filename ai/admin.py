from django.contrib import admin

from ai.models import (
    Conversation,
    DaySpending,
    Document,
    Message,
    ModelCall,
    MonthSpending,
    Suggestion,
)
from cube_demper.kernel.admin import ReadOnlyAdmin


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    """Answers "where did the money go, and what did the provider refuse"."""

    list_display = (
        *("id", "reserved_at", "user", "assistant", "purpose", "state", "asked_model"),
        *("prompt_tokens", "completion_tokens", "reserved", "cost", "own_cost", "error"),
    )
    list_select_related = ("user",)
    list_filter = ("state", "assistant", "purpose")
    search_fields = ("=id", "=user__email", "=request_id", "=error")
    ordering = ("-id",)


@admin.register(MonthSpending)
class MonthSpendingAdmin(ReadOnlyAdmin):
    """Answers "who spends most"."""

    list_display = ("id", "month", "user", "spent", "reserved")
    list_select_related = ("user",)
    search_fields = ("=user__email",)
    ordering = ("-month", "-spent")


@admin.register(DaySpending)
class DaySpendingAdmin(ReadOnlyAdmin):
    """Answers "what will the provider's bill be"."""

    list_display = ("day", "spent", "reserved")
    ordering = ("-day",)


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Answers "does the assistant work for this seller". What was said is not shown."""

    list_display = ("id", "used_at", "user", "assistant", "language")
    list_select_related = ("user",)
    list_filter = ("assistant", "language")
    search_fields = ("=id", "=user__email")
    exclude = ("title", "summary")
    ordering = ("-id",)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Answers "which answers broke off or did not help". What was said is not shown."""

    list_display = (
        *("id", "conversation_id", "written_at", "author", "state", "error"),
        *("prompt", "model", "opinion"),
    )
    list_filter = ("state", "opinion", "prompt")
    search_fields = ("=id", "=conversation__id", "=error")
    exclude = ("text", "attachments", "remark", "sources")
    ordering = ("-id",)


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnlyAdmin):
    """Answers "what did assistants suggest, and what came of it"."""

    list_display = ("id", "made_at", "user", "product_id", "changes", "state", "decided_at")
    list_select_related = ("user",)
    list_filter = ("state",)
    search_fields = ("=id", "=user__email", "=product__id")
    ordering = ("-id",)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Answers "what does the lawyer know"."""

    list_display = ("key", "title", "language", "edition", "imported_at")
    list_filter = ("language",)
    search_fields = ("key", "title")
    ordering = ("key",)
