import pytest

from whatsapp.checks import containers_can_be_named

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("layout", "deployment", "number"),
    [
        ("containers", "cube-demper", 0),
        ("containers", "d" * 20, 0),
        ("containers", "d" * 21, 1),
        ("containers", "", 1),
        ("containers", "Mine", 1),
        ("containers", "-mine", 1),
        ("containers", "mine\n", 1),
        ("shared", "Mine", 0),
    ],
)
def test_an_installation_whose_name_makes_no_host_name_does_not_start(
    settings, layout, deployment, number
):
    settings.WAHA_LAYOUT, settings.WAHA_DEPLOYMENT = layout, deployment

    assert len(containers_can_be_named()) == number
