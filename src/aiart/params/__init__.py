"""Typed parameters: the one truth for params.yaml, its schema, the presets and the command line."""

from aiart.params.canonical import canonical_json
from aiart.params.load import checked
from aiart.params.reading import parse_yaml, read_yaml

__all__ = ["canonical_json", "checked", "parse_yaml", "read_yaml"]
