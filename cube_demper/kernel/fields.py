"""Model fields every app shares."""

from typing import TYPE_CHECKING, Any

from django.db import models
from typing_extensions import override

from cube_demper.kernel.money import Money


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """A big integer of tiyn whose Python value is ``Money``."""

    if TYPE_CHECKING:  # what the type checker takes and gives for an attribute of this kind
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: int | None, *_: object) -> Money | None:
        return None if value is None else Money(value)

    @override
    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Money):
            return value
        return Money(int(value))

    @override
    def get_prep_value(self, value: Any) -> Any:
        return value.tiyn if isinstance(value, Money) else super().get_prep_value(value)

    @override
    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value.tiyn)
