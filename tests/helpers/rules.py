"""Helper functions of the workflow's rules, without Snakemake."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def rule_function(name: str) -> Callable:
    """A function of common.smk that needs nothing else of it."""
    text = (ROOT / "workflow/rules/common.smk").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^def {name}\(.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Callable] = {}
    exec(found, names)
    return names[name]
