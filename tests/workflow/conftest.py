from __future__ import annotations

import pytest
from checkout import Checkout, copy_checkout


@pytest.fixture(scope="module")
def painted(tmp_path_factory) -> Checkout:
    """A checkout whose gallery has been made."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    checkout.snakemake()
    return checkout
