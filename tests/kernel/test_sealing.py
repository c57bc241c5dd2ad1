import pytest
from cryptography.fernet import Fernet

from cube_demper.kernel.sealing import SealBroken, SealedField, Secret, seal, unseal

pytestmark = pytest.mark.unit

OLD_KEY, NEW_KEY, FOREIGN_KEY = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def keys(settings):
    """Set the keys of this test, newest first."""

    def use(*keys: str) -> None:
        settings.ENCRYPTION_KEYS = list(keys)

    use(NEW_KEY)
    return use


@pytest.mark.parametrize("text", ["Kaspi-2026", "құпия сөз", ""], ids=["plain", "kazakh", "empty"])
def test_a_sealed_secret_opens_again(keys, text):
    sealed = seal(Secret(text))

    assert unseal(sealed).reveal() == text


def test_the_seal_hides_the_secret_and_never_looks_the_same_twice(keys):
    first, second = seal(Secret("Kaspi-2026")), seal(Secret("Kaspi-2026"))

    assert first != second
    assert "Kaspi-2026" not in first


def test_an_old_key_still_opens_after_a_new_one_is_put_in_front(keys):
    keys(OLD_KEY)
    sealed = seal(Secret("Kaspi-2026"))

    keys(NEW_KEY, OLD_KEY)

    assert unseal(sealed).reveal() == "Kaspi-2026"


def test_the_newest_key_seals(keys):
    keys(NEW_KEY, OLD_KEY)
    sealed = seal(Secret("Kaspi-2026"))

    keys(NEW_KEY)

    assert unseal(sealed).reveal() == "Kaspi-2026"


@pytest.mark.parametrize(
    "spoil",
    [lambda sealed: sealed[:-2], lambda _: "not a seal", lambda _: "", lambda _: "печать"],
    ids=["cut", "nonsense", "empty", "cyrillic"],
)
def test_a_broken_seal_says_so(keys, spoil):
    sealed = seal(Secret("Kaspi-2026"))

    with pytest.raises(SealBroken) as caught:
        unseal(spoil(sealed))

    assert caught.value.__suppress_context__


def test_a_seal_of_a_key_we_dropped_is_broken(keys):
    keys(FOREIGN_KEY)
    sealed = seal(Secret("Kaspi-2026"))

    keys(NEW_KEY)

    with pytest.raises(SealBroken):
        unseal(sealed)


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%r".__mod__, "%s".__mod__])
def test_a_secret_never_shows_itself(show):
    assert show(Secret("Kaspi-2026")) == "Secret(…)"


def test_a_secret_has_no_attributes_to_dump():
    assert not hasattr(Secret("Kaspi-2026"), "__dict__")


def test_equal_texts_are_equal_secrets():
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_an_empty_secret_is_false():
    assert (bool(Secret("")), bool(Secret("a"))) == (False, True)


def test_the_column_keeps_an_empty_secret_as_an_empty_text(keys):
    field = SealedField()

    assert field.get_prep_value(Secret("")) == ""
    assert field.from_db_value("") == Secret("")


def test_the_column_seals_and_opens(keys):
    field = SealedField()

    stored = field.get_prep_value(Secret("Kaspi-2026"))

    assert stored is not None
    assert "Kaspi-2026" not in stored
    assert field.from_db_value(stored) == Secret("Kaspi-2026")


def test_the_column_knows_nothing(keys):
    field = SealedField()

    assert (field.get_prep_value(None), field.from_db_value(None)) == (None, None)
    assert field.to_python(None) is None


def test_the_column_takes_no_bare_text(keys):
    with pytest.raises(TypeError, match="holds a Secret, not str"):
        SealedField().get_prep_value("Kaspi-2026")


def test_the_column_makes_a_secret_of_a_forms_text():
    assert SealedField().to_python("Kaspi-2026") == Secret("Kaspi-2026")
    assert SealedField().to_python(Secret("Kaspi-2026")) == Secret("Kaspi-2026")


def test_the_column_is_not_for_dumping():
    with pytest.raises(TypeError, match="not for dumping"):
        SealedField().value_to_string(None)  # type: ignore[arg-type]  # refused before it is read
