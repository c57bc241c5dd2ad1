"""Many products changed at once: what was asked, and row by row what became of it."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from products.models.product import Product


class BulkKind(models.TextChoices):
    EDIT = "EDIT", "The same for all"
    IMPORT = "IMPORT", "From a file"
    UNDO = "UNDO", "Taken back"


class BulkState(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    REFUSED = "REFUSED", "Refused as a whole: nothing was written"
    FAILED = "FAILED", "Failed"


OPEN_BULK_STATES = (BulkState.WAITING, BulkState.RUNNING)


class BulkEdit(models.Model):
    """One bulk edit. ``changes`` hold for every row that has none of its own.

    ``is_whole``: all rows or none. With a ``key`` its seller may ask twice and it happens once.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="bulk_edits")
    kind = models.CharField(max_length=8, choices=BulkKind, default=BulkKind.EDIT)
    changes = models.JSONField(default=dict, blank=True)
    is_whole = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=BulkState, default=BulkState.WAITING)
    total = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=200, blank=True, default="")
    asked = models.CharField(max_length=64, blank=True, default="")  # a digest of the request
    takes_back = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    ordered_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # the last sign of life
    restarts = models.PositiveSmallIntegerField(default=0)  # after its worker died
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["BulkEdit"](path="user")
    rows = models.Manager["BulkEdit"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [models.Index("user", "id", name="bulk_edit_of_user")]
        constraints = [
            models.UniqueConstraint(
                "user", "key", name="one_bulk_edit_per_key", condition=~Q(key="")
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"bulk edit {self.pk}"


class RowState(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    CHANGED = "CHANGED", "Changed"
    UNCHANGED = "UNCHANGED", "Was so already"
    REFUSED = "REFUSED", "Refused"
    LEFT = "LEFT", "Left as it was, because of others"


class BulkRow(models.Model):
    """One product of a bulk edit. ``number`` is its line in a file, or its place.

    ``before`` and ``after`` hold the columns that changed, as JSON. A row that was refused has a
    ``code`` and a ``detail``, and the ``column`` that is to blame if one is.
    """

    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="bulk_rows")
    number = models.PositiveIntegerField()
    # Empty where nobody has such a product; what was done stays when a product goes.
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, related_name="+")
    sku = models.CharField(max_length=128)
    changes = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=RowState, default=RowState.WAITING)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    code = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    column = models.CharField(max_length=64, blank=True, default="")

    objects = TenantManager["BulkRow"](path="edit__user")
    rows = models.Manager["BulkRow"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("edit", "number", name="one_bulk_row_per_number"),
        ]
        indexes = [models.Index("edit", "state", "number", name="bulk_row_by_state")]

    @override
    def __str__(self) -> str:
        return f"row {self.number} of {self.edit_id}"
