import pytest

from tests.local.stage import Stage


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)
