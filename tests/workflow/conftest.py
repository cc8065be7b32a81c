from __future__ import annotations

from dataclasses import dataclass

import pytest
from helpers.checkout import GALLERY, Checkout, copy_checkout
from helpers.versions import make_repository


@pytest.fixture(scope="session")
def painted(tmp_path_factory) -> Checkout:
    """A checkout whose gallery has been made. Tests put back what they change."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"), GALLERY)
    checkout.snakemake()
    return checkout


@dataclass(frozen=True)
class Repository:
    checkout: Checkout
    """Read only: tests work in clones of it."""
    first_repro: str
    """What the `dvc repro` that made everything printed."""


@pytest.fixture(scope="session")
def repository(tmp_path_factory) -> Repository:
    """A repository with a local DVC remote, in which all was made by one `dvc repro`, committed and pushed. The
    logs of its jobs list every module that they loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPROFILEIMPORTTIME", "1")
        return Repository(*make_repository(tmp_path_factory.mktemp("repository"), tmp_path_factory.mktemp("remote")))
