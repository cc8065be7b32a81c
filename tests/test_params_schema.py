import json
import typing

import pytest
from pydantic import BaseModel

from aiart.params.cyclegan import CycleGANRun
from aiart.params.deep_dream import DeepDream, Dream
from aiart.params.paintings import Painting
from aiart.params.pix2pix import Pix2PixRun
from aiart.params.root import Params
from aiart.params.schema import params_schema
from aiart.params.style_transfer import StyleTransfer


def objects(node, path="#"):
    """Every mapping of properties in a schema, with its path."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield path, node
        for key, value in node.items():
            yield from objects(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from objects(value, f"{path}/{index}")


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in typing.get_args(annotation):
        yield from models_in(inner)


@pytest.fixture(scope="module")
def models():
    return {
        m
        for top in (Params, Painting, StyleTransfer, Dream, DeepDream, Pix2PixRun, CycleGANRun)
        for m in models_in(top)
    }


def test_every_property_is_described_and_has_a_default_or_is_required():
    found = list(objects(params_schema()))
    assert len(found) >= 9  # the file, the rooms, sweeps, paintings, pyramid levels, teachers, phases …
    for path, node in found:
        for name, value in node["properties"].items():
            assert len(value.get("description", "")) >= 2, f"{path}/properties/{name}"
            required = name in node.get("required", [])
            partial = path.endswith("Settings") and name in ("content", "style", "picture", "dataset")
            assert "default" in value or required or partial, f"{path}/properties/{name}"


def test_every_reference_in_the_schema_resolves():
    schema = params_schema()
    text = json.dumps(schema)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert references
    assert references <= set(schema["$defs"])


def test_unknown_keys_are_refused_by_schema_and_models_alike(models):
    assert all(node["additionalProperties"] is False for _, node in objects(params_schema()))
    assert len(models) >= 10
    for model in models:
        assert model.model_config["extra"] == "forbid", model
        assert model.model_config["frozen"], model


def test_no_key_is_called_size_or_nfiles(models):
    """DVC's run cache leaves both names out of its hash and would restore the results of another value."""
    keys = {key for model in models for key in model.model_fields}
    assert {"seed", "iterations", "long_side"} <= keys
    assert not keys & {"size", "nfiles"}


def test_the_schema_file_is_the_generated_one(root):
    path = root / "workflow" / "schemas" / "params.schema.json"
    if not path.is_file():
        pytest.skip("workflow/schemas/params.schema.json is not written yet: run `aiart params --schema`")
    assert json.loads(path.read_text(encoding="utf-8")) == params_schema(), "run `aiart params --schema` again"


def test_params_yaml_obeys_the_schema(root):
    jsonschema = pytest.importorskip("jsonschema")
    from aiart.params import read_yaml

    schema, values = params_schema(), read_yaml(root / "params.yaml")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(values, schema)
    room = values["style_transfer"]
    sweep = next(iter(room["sweeps"].values()))
    blocks = [room["defaults"], *room["pictures"].values(), *room["animations"].values(), sweep["base"]]
    for block in blocks:
        block["itertions"] = 3
        with pytest.raises(jsonschema.ValidationError, match="'itertions' was unexpected"):
            jsonschema.validate(values, schema)
        del block["itertions"]


def test_the_schema_refuses_names_that_make_no_file_names():
    jsonschema = pytest.importorskip("jsonschema")
    values = {"style_transfer": {"pictures": {"../up": {"content": "a", "style": "b"}}}}
    with pytest.raises(jsonschema.ValidationError, match="does not match any of the regexes"):
        jsonschema.validate(values, params_schema())
