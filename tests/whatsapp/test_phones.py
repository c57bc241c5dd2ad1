import pytest

from whatsapp.phones import BadPhone, normalised

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "said",
    [
        "77017654321",
        "+77017654321",
        "87017654321",
        "8 (701) 765-43-21",
        "+7 701 765 43 21",
        "7017654321",
        "8\u00a0701\u00a0765\u201143\u201121",
    ],
)
def test_a_number_of_kazakhstan_is_one_however_it_is_written(said):
    assert normalised(said) == "77017654321"


@pytest.mark.parametrize(
    ("said", "digits"), [("+998901234567", "998901234567"), ("+8613812345678", "8613812345678")]
)
def test_numbers_of_elsewhere_keep_their_country(said, digits):
    assert normalised(said) == digits


@pytest.mark.parametrize(
    "said", ["", "+", "12", "shop", "+0701765432100", "7" * 16, "٧٧٠١٧٦٥٤٣٢١", "7701x654321"]
)
def test_what_is_no_number_is_refused(said):
    with pytest.raises(BadPhone):
        normalised(said)
