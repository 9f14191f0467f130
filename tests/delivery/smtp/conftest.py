"""A database for whole daemons and a certificate that nobody knows."""

import pytest

from tests.bench.certificates import Pair, self_signed


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for localhost."""
    return self_signed(tmp_path_factory.mktemp("tls"))
