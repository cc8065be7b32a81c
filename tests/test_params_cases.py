"""Files on which reading params once failed; they lie beside the repository, where somebody has put them."""

import os
import time

import pytest

from aiart.errors import UserError
from aiart.params.merge import load_params


def test_each_gets_one_sentence_soon(root):
    cases = root.parent / "shared" / "cases" / "params"
    if not cases.is_dir():
        pytest.skip(f"needs the files of {os.path.relpath(cases, root)}")
    for path in sorted(cases.iterdir()):
        start = time.process_time()
        with pytest.raises(UserError) as caught:
            load_params(path)
        assert time.process_time() - start < 1, path
        assert str(caught.value).startswith(f"{path}: ")
        assert len(str(caught.value)) < 1200
