"""The JSON Schema of params.yaml, generated from the typed models."""

from __future__ import annotations

import copy
from typing import Any

from aiart.params.root import ROOMS, Params


def params_schema() -> dict[str, Any]:
    """Schema with a description and a default for every key.

    The rooms' `defaults`, `base` and single items are open mappings in the models, since each holds only
    what differs; the schema says which settings are legal in them.
    """
    schema = Params.model_json_schema()
    definitions = schema["$defs"]
    for room in ROOMS.values():
        item = room.item_model.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= item.pop("$defs", {})
        item.pop("required", None)
        name = f"{room.item_model.__name__}Settings"
        definitions[name] = item
        reference = {"$ref": f"#/$defs/{name}"}
        keys = definitions[room.__name__]["properties"]
        keys["defaults"] = {**keys["defaults"], **reference}
        sweep = copy.deepcopy(definitions["Sweep"])
        sweep["properties"]["base"] |= reference
        definitions[f"{room.item_model.__name__}Sweep"] = sweep
        sweeps = {"$ref": f"#/$defs/{room.item_model.__name__}Sweep"}
        for kind, held in {**dict.fromkeys(room.kinds, reference), "sweeps": sweeps}.items():
            keys[kind]["patternProperties"] = dict.fromkeys(keys[kind]["patternProperties"], held)
            keys[kind]["additionalProperties"] = False
    del definitions["Sweep"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "params.yaml", **schema}
