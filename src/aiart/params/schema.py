"""The JSON Schema of params.yaml, generated from the typed models."""

from __future__ import annotations

from typing import Any

from aiart.params.root import Params
from aiart.params.style_transfer import Painting


def params_schema() -> dict[str, Any]:
    """Schema with a description and a default for every key.

    The rooms' `defaults`, `base` and single pictures are open mappings in the models, since each holds only
    what differs; the schema says which settings are legal in them.
    """
    schema = Params.model_json_schema()
    painting = Painting.model_json_schema(ref_template="#/$defs/{model}")
    definitions = schema["$defs"]
    definitions |= painting.pop("$defs", {})
    painting.pop("required", None)
    painting["title"] = "Some settings of a painting"
    definitions["PaintingSettings"] = painting
    reference = {"$ref": "#/$defs/PaintingSettings"}
    room = definitions["StyleTransferRoom"]["properties"]
    room["defaults"] = {**room["defaults"], **reference}
    for kind in ("pictures", "animations"):
        room[kind]["patternProperties"] = dict.fromkeys(room[kind]["patternProperties"], reference)
    for kind in ("pictures", "animations", "sweeps"):
        room[kind]["additionalProperties"] = False
    definitions["Sweep"]["properties"]["base"].update(reference)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "params.yaml", **schema}
