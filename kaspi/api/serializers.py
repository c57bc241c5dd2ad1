from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField
from kaspi import account_names
from kaspi.login_ports import CODE_SHAPE
from kaspi.models import ALMATY, Job, PriceList
from kaspi.words import CONNECTIONS, TROUBLES, Connection, connection_of


class ConnectInput(Input):
    """An account at Kaspi: ``email`` and ``password``, or ``phone``, whose password is a code.

    With ``keep_password`` we keep it, sealed, and log in again ourselves when a session ends.
    """

    email = serializers.EmailField(max_length=254, required=False)
    password = StrictCharField(max_length=128, trim_whitespace=False, required=False)
    phone = StrictCharField(max_length=32, required=False)
    keep_password = serializers.BooleanField(default=False)

    def validate_email(self, email: str) -> str:
        return account_names.name_of_email(email)

    def validate_phone(self, phone: str) -> str:
        try:
            return account_names.name_of_phone(phone)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Become what ``start_login`` takes."""
        keeps_password = attrs["keep_password"]
        if "phone" in attrs:
            extra = sorted({"email", "password"} & set(attrs)) or ["keep_password"] * keeps_password
            if extra:
                raise serializers.ValidationError({extra[0]: "A telephone number goes alone."})
            return {"account": attrs["phone"], "password": "", "keeps_password": False}
        for name in ("email", "password"):
            if name not in attrs:
                raise serializers.ValidationError({name: "This field is required."})
        account, password = attrs["email"], attrs["password"]
        return {"account": account, "password": password, "keeps_password": keeps_password}


class CodeInput(Input):
    code = serializers.RegexField(f"^{CODE_SHAPE}$")


class MerchantInput(Input):
    merchant_id = StrictCharField(max_length=64)


class SyncInput(Input):
    store_id = StrictIntegerField(required=False, allow_null=True, default=None, min_value=1)


class ClaimInput(Input):
    """A store without a session: its prices go by price list."""

    merchant_id = serializers.RegexField(r"^[0-9A-Za-z-]{1,64}$")
    name = StrictCharField(max_length=200)
    company = StrictCharField(max_length=200, required=False)
    city_id = serializers.RegexField(r"^[0-9]{9}$", default=ALMATY)


class ImportInput(Input):
    """``file`` is Kaspi's export: ACTIVE.xml, ARCHIVE.xml or a sheet.

    ``is_archive`` says that it holds what is withdrawn, ``is_whole`` that what it does not name is
    gone.
    """

    file = serializers.FileField(max_length=200)
    is_archive = serializers.BooleanField(default=False)
    is_whole = serializers.BooleanField(default=False)


class MerchantOutput(serializers.Serializer[Any]):
    merchant_id = serializers.CharField()
    name = serializers.CharField()


class LoginOutput(serializers.Serializer[Any]):
    """A login's state. ``reason`` is an error code; ``detail`` says what to do about it."""

    id = serializers.UUIDField()
    account = serializers.CharField()
    state = CodeField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    retry_at = serializers.DateTimeField(allow_null=True)
    choices = MerchantOutput(many=True)
    started_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class CityOutput(serializers.Serializer[Any]):
    city_id = serializers.CharField()
    name = serializers.CharField()


class StorePointOutput(serializers.Serializer[Any]):
    """A point of sale. ``is_enabled`` is false also where Kaspi names it no more."""

    id = serializers.IntegerField()
    store_id = serializers.IntegerField()
    point_id = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    city = CityOutput(allow_null=True)
    is_enabled = serializers.BooleanField()


class WordsOutput(serializers.Serializer[Any]):
    """One sentence in each language."""

    ru = serializers.CharField()
    kk = serializers.CharField()
    en = serializers.CharField()


class StoreOutput(serializers.Serializer[Any]):
    """A store. ``attention`` says why it, or a part of it, stands still; ``attention_detail`` more.

    ``connection`` says how its prices get to Kaspi, if they do. ``attention_cause``, where there is
    one, is the code of the error behind it. ``orders_state`` is null without a token for orders.
    """

    id = serializers.IntegerField()
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    city_id = serializers.CharField()
    channel = CodeField()
    connection = serializers.SerializerMethodField()
    connection_in_words = serializers.SerializerMethodField()
    is_paused = serializers.BooleanField()
    is_connected = serializers.BooleanField()
    session_state = CodeField(source="session.state", default=None, allow_null=True)
    keeps_password = serializers.SerializerMethodField()
    orders_state = CodeField(source="orders_access.state", default=None, allow_null=True)
    attention = serializers.CharField(source="most_urgent")
    attention_detail = serializers.SerializerMethodField()
    attention_in_words = serializers.SerializerMethodField()
    attention_cause = serializers.CharField()
    attention_until = serializers.DateTimeField(allow_null=True)
    connected_at = serializers.DateTimeField()
    synced_at = serializers.DateTimeField(allow_null=True)

    def get_keeps_password(self, store: Any) -> bool:
        return store.session is not None and bool(store.session.password)

    @extend_schema_field(serializers.ChoiceField(choices=[one.value for one in Connection]))
    def get_connection(self, store: Any) -> str:
        return connection_of(store).value

    @extend_schema_field(WordsOutput)
    def get_connection_in_words(self, store: Any) -> Any:
        return WordsOutput(CONNECTIONS[connection_of(store)]).data

    @extend_schema_field(WordsOutput(allow_null=True))
    def get_attention_in_words(self, store: Any) -> Any:
        return WordsOutput(TROUBLES[store.most_urgent]).data if store.most_urgent else None

    def get_attention_detail(self, store: Any) -> str:
        return str(store.most_urgent.label) if store.most_urgent else ""


class PriceListOutput(serializers.Serializer[Any]):
    """A price list. ``address`` is a secret: give it to Kaspi and to nobody else.

    ``stated_at`` is empty until a catalogue was read or imported: until then Kaspi is told to come
    back later.
    """

    store_id = serializers.IntegerField()
    address = serializers.SerializerMethodField()
    company = serializers.CharField()
    rotated_at = serializers.DateTimeField()
    stated_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    fetched_by = serializers.CharField()

    def get_address(self, price_list: PriceList) -> str:
        path = f"/kaspi/feed/{price_list.secret.reveal()}.xml"  # served above us, in products
        return str(self.context["request"].build_absolute_uri(path))


class NoteOutput(serializers.Serializer[Any]):
    """What was odd about a row. ``is_left_out``: so odd that the row could not be kept."""

    line = serializers.IntegerField()
    sku = serializers.CharField()
    problem = serializers.CharField()
    is_left_out = serializers.BooleanField()


class JobOutput(serializers.Serializer[Any]):
    """A sync or an import, in listings; ``rate_per_s`` and ``eta_s`` while it runs.

    Of an import, ``left_out`` counts the rows that could not be kept, and ``notes`` says of the
    first few hundred odd rows what was odd about them.
    """

    id = serializers.UUIDField()
    store_id = serializers.IntegerField()
    kind = CodeField()
    state = CodeField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    rate_per_s = serializers.SerializerMethodField()
    eta_s = serializers.SerializerMethodField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    left_out = serializers.IntegerField()
    notes = NoteOutput(many=True)
    ordered_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_rate_per_s(self, job: Job) -> float | None:
        rate = job.rate_at(timezone.now())
        return None if rate is None else round(rate, 1)

    def get_eta_s(self, job: Job) -> float | None:
        eta = job.eta_at(timezone.now())
        return None if eta is None else round(eta, 1)
