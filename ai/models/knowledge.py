"""What the lawyer reads: documents in passages. They belong to nobody."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from typing_extensions import override

from ai.words import Language


class Document(models.Model):
    """One law, contract or guide. ``digest`` is of its text: the same one is not imported twice."""

    key = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=300)
    language = models.CharField(max_length=2, choices=Language)
    edition = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.title


class Passage(models.Model):
    """A part of a document, with the article it stands in.

    ``vector`` is of length one, and empty where nobody embedded it.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField()
    article = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    vector = models.JSONField(default=list, blank=True)
    search = SearchVectorField(null=True)

    class Meta:
        indexes = [GinIndex("search", name="passage_search")]
        constraints = [
            models.UniqueConstraint("document", "number", name="one_passage_per_number"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.document_id}, {self.article or self.number}"
