"""The assistants, by name."""

from django.db import models


class Assistant(models.TextChoices):
    LAWYER = "LAWYER", "Lawyer"
    ACCOUNTANT = "ACCOUNTANT", "Accountant"
    SALESMAN = "SALESMAN", "Salesman"


class Language(models.TextChoices):
    RU = "ru", "Russian"
    KK = "kk", "Kazakh"
    EN = "en", "English"
