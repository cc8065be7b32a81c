"""What is exported: model cards, conversion, and graphs of ONNX that make what TensorFlow makes."""

import argparse
import json
import re
import shutil

import numpy as np
import pytest
from helpers.needs import needed
from PIL import Image
from ruamel.yaml import YAML

from aiart.datasets.files import file_digest
from aiart.exchange.card import without_links
from aiart.params.cyclegan import CycleGAN
from aiart.params.feature_networks import NETWORKS
from aiart.params.pix2pix import Pix2Pix

TINY = {"image_side": 32, "generator_width": 4, "receptive_field": 16}
PIX2PIX = Pix2Pix(**TINY, norm="batch", dropout=0.5)
SIZES = ((48, 64), (33, 21), (5, 1))


def built(settings, seed=1, **options):
    """A generator whose weights are large enough for what it makes to vary."""
    from aiart.translation import methods

    method = "pix2pix" if isinstance(settings, Pix2Pix) else "cyclegan"
    network = methods.part(method, "learner").build_generator(settings, seed, **options)
    random = np.random.default_rng(seed)
    for variable in network.variables:
        kernel = variable.path.endswith("kernel")
        scale = 1.5 / np.sqrt(np.prod(variable.shape[:-1])) if kernel else 0.4
        variable.assign(
            random.normal(0, scale, variable.shape) if kernel else random.uniform(0.1, scale, variable.shape)
        )
    return method, network


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A Pix2Pix model, with what was measured of it beside it."""
    from aiart.translation.model_file import save_model

    path = tmp_path_factory.mktemp("model") / "houses.npz"
    method, network = built(PIX2PIX)
    facts = {"steps": 7, "pictures_seen": 7, "dataset": "0" * 64, "made_with": {"aiart": "0.2.0", "seed": 3}}
    save_model(path, method, {"b_to_a": network}, PIX2PIX.model_dump(), **facts)
    judged = {"dataset": {"name": "facades.tsv", "sha256": "1" * 64}, "model": {"sha256": file_digest(path)}}
    measured = {"l1": 12.345678, "training_pictures": {"kid": 1.0}, "features": {"side": 64}}
    path.with_suffix(".json").write_text(json.dumps({"made_of": judged, "measured": measured}))
    return path


def export(monkeypatch, model, output, *words):
    """`aiart export` without a process of its own."""
    import importlib

    command = importlib.import_module("aiart.cli.export")
    monkeypatch.setattr(command, "start_job", lambda options: None)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args([str(model), "-o", str(output), *map(str, words)]))
    return output.with_suffix(".md").read_text()


def front_matter(card):
    return YAML(typ="safe").load(card.split("---\n")[1])


# ---- cards and conversion


def test_a_model_goes_to_safetensors_and_back_with_its_record(monkeypatch, model, tmp_path):
    card = export(monkeypatch, model, tmp_path / "m.safetensors")
    export(monkeypatch, tmp_path / "m.safetensors", tmp_path / "back.npz")
    assert (tmp_path / "back.npz").read_bytes() == model.read_bytes()
    assert "aiart translate m.safetensors in.png -o translated\n" in card
    assert front_matter(card) == {
        "license": "unknown",
        "library_name": "aiart",
        "pipeline_tag": "image-to-image",
        "tags": ["image-to-image", "pix2pix", "aiart"],
    }


def test_a_card_says_what_the_record_and_the_judgement_say(monkeypatch, model, tmp_path):
    card = export(monkeypatch, model, tmp_path / "m.safetensors", "--licence", "cc-by-4.0")
    assert front_matter(card)["license"] == "cc-by-4.0"
    assert card.endswith("## Licence\n\ncc-by-4.0\n")
    for said in (
        f"| data | `facades.tsv`, files of sha256 `{'0' * 64}` |",
        "| steps | 7, 7 pictures seen |",
        "| made with | aiart 0.2.0, seed 3 |",
        '| `norm` | `"batch"` |',
        "| `l1` | 12.346 |",
        "It was trained on pictures of 32 pixels",
    ):
        assert said in card
    assert "`direction`" not in card, "a default"
    assert "kid" not in card


def test_figures_of_another_model_are_left_out_and_said(aiart, monkeypatch, model, tmp_path, capsys):
    shutil.copy(model, tmp_path / "m.npz")
    report = json.loads(model.with_suffix(".json").read_text())
    report["made_of"]["model"]["sha256"] = "2" * 64
    (tmp_path / "m.json").write_text(json.dumps(report))
    card = export(monkeypatch, tmp_path / "m.npz", tmp_path / "out.npz")
    assert "m.json: judges another model, so its figures are left out." in capsys.readouterr().out
    assert "nothing was measured of this file" in card
    status, _, err = aiart("export", model, "-o", tmp_path / "out.npz", "--judgement", tmp_path / "m.json")
    assert status == 1
    assert "m.json: judges another model than" in err


def test_an_imported_generator_claims_no_training(aiart, monkeypatch, root, tmp_path):
    aiart("import", root / "tests/fixtures/resnet_instance.pth", "-o", tmp_path / "m.npz")
    card = export(monkeypatch, tmp_path / "m.npz", tmp_path / "out.safetensors")
    assert "Not done here: imported from `resnet_instance.pth` (a_to_b, sha256 `" in card
    assert "Of its data and settings nothing is known." in card
    assert "epochs" not in card


def test_every_feature_network_that_comes_with_the_project_goes_to_safetensors(monkeypatch, tmp_path):
    for network in (name for name, facts in NETWORKS.items() if facts.weights is None):
        assert f"# {network}\n" in export(monkeypatch, network, tmp_path / f"{network}.safetensors")


def test_weights_of_a_feature_network_go_to_safetensors_with_the_card_that_they_came_with(monkeypatch, tmp_path):
    from aiart.networks.files import weights_file
    from aiart.networks.googlenet import read_googlenet

    card = export(monkeypatch, "googlenet_slim", tmp_path / "g.safetensors")
    assert front_matter(card)["license"] == "other"
    ours, theirs = (
        read_googlenet(p, ["inception_4e"]) for p in (weights_file("googlenet_slim"), tmp_path / "g.safetensors")
    )
    for name, (kernel, bias) in ours.items():
        np.testing.assert_array_equal(theirs[name][0], kernel)
        np.testing.assert_array_equal(theirs[name][1], bias)
    assert "| inception_4c | 384, 16, 299 |" in card
    assert "The teacher is the BVLC Caffe model of GoogLeNet (unrestricted use)." in card
    assert not re.search(r"\]\((?!http)", card), "a link that leads nowhere from here"


@pytest.mark.parametrize("network", [name for name, facts in NETWORKS.items() if facts.weights is None])
def test_the_layers_of_a_feature_network_are_those_it_is_used_with(monkeypatch, network, tmp_path):
    needed("onnx", "onnx")
    card = export(monkeypatch, network, tmp_path / "n.onnx")
    facts, names = NETWORKS[network], [output.name for output in session(str(tmp_path / "n.onnx")).get_outputs()]
    used = {facts.content_layers, *facts.style_layers, facts.dream_layers, *facts.loss_layers, facts.judgement_layer}
    assert names == [layer for layer in facts.layer_names if layer in used]
    assert f'features = session.run(["{names[0]}"]' in card
    export(monkeypatch, network, tmp_path / "n.onnx", "--layers", names[-1], names[0])
    assert [output.name for output in session(str(tmp_path / "n.onnx")).get_outputs()] == [names[0], names[-1]]


def test_links_to_files_beside_a_card_are_taken_out():
    text = "# x\n\nsee [it](a/b.py), [there](https://a.b)\n\n![a picture](c.jpg)\n\n## part\n"
    assert without_links(text) == "see it, [there](https://a.b)\n\n### part"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.npz", "-o", "m.safetensors"], "none.npz: no such file"),
        (["none.npz", "-o", "m.h5"], "m.h5: cannot be written; use a name that ends in .onnx or .npz or .safetensors."),
        (["none.npz", "-o", "m.npz", "--layers", "conv1_1"], "--layers: none.npz has none, for these are of feature"),
        (["vgg19_slim", "-o", "m.npz", "--direction", "a_to_b"], "--direction: vgg19_slim has none, for these are of"),
        (["vgg19_slim", "-o", "m.npz", "--layers", "mixed4"], "--layers: "),
        (["vgg19", "-o", "m.npz", "--weights", "none.h5"], "none.h5: no such weights file"),
    ],
)
def test_what_cannot_be_exported_is_refused(aiart, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    status, _, err = aiart("export", *words)
    assert status == 1
    assert err.startswith(f"aiart export: {said}")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# ---- ONNX


def session(content):
    onnxruntime = needed("onnxruntime", "onnx")
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def as_onnx(pictures):
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))


def as_tensorflow(pictures):
    return pictures.transpose(0, 2, 3, 1)


def check_generator(settings, architecture=None):
    needed("onnx", "onnx")
    from aiart.exchange.onnx_generators import generator_onnx
    from aiart.translation.model_file import Model
    from aiart.translation.translate import translate_picture
    from aiart.translation.value_range import to_network

    method, network = built(settings, **({"architecture": architecture} if architecture else {}))
    model = Model(method, settings, {}, {"a_to_b": network}, architecture)
    content = generator_onnx(network, "x", {"aiart": "{}"})
    assert content == generator_onnx(network, "x", {"aiart": "{}"})
    run = session(content).run
    for size in SIZES:
        pictures = np.random.default_rng(2).uniform(0, 255, (2, *size, 3)).astype(np.float32)
        (made,) = run(None, {"input": as_onnx(to_network(pictures))})
        assert made.std() > 0.1
        for picture, own in zip(pictures, as_tensorflow(made), strict=True):
            expected = to_network(translate_picture(model, picture).picture)
            np.testing.assert_allclose(np.clip(own, -1, 1), expected, atol=1e-4)


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
def test_every_unet_makes_in_onnx_what_it_makes_here(norm, upsampling):
    check_generator(Pix2Pix(**TINY, norm=norm, upsampling=upsampling))


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
def test_every_residual_generator_makes_in_onnx_what_it_makes_here(norm, upsampling):
    from aiart.translation.architecture import Architecture

    settings = CycleGAN(**TINY, blocks=2, norm=norm, norm_affine=norm != "instance", upsampling=upsampling)
    check_generator(settings, Architecture(padding="torch"))
    check_generator(settings.model_copy(update={"downsamplings": 1, "identity_start": True}))


@pytest.mark.parametrize("network", ["vgg19_slim", "googlenet_slim"])
def test_every_layer_of_a_feature_network_is_in_onnx_what_it_is_here(network):
    needed("onnx", "onnx")
    from aiart.exchange.onnx_features import features_onnx
    from aiart.networks.files import weights_file
    from aiart.networks.registry import load_network

    layers = NETWORKS[network].layer_names
    content = features_onnx(network, weights_file(network), layers, {})
    assert content == features_onnx(network, weights_file(network), layers, {})
    run, load = session(content).run, load_network(network, layers)
    for size in ((64, 64), (75, 91), (33, 130)):
        pictures = np.random.default_rng(3).uniform(0, 255, (2, *size, 3)).astype(np.float32)
        expected = load(pictures, layers)
        for layer, made in zip(layers, run(list(layers), {"input": as_onnx(pictures)}), strict=True):
            scale = np.abs(expected[layer]).max()
            np.testing.assert_allclose(as_tensorflow(made) / scale, expected[layer] / scale, atol=1e-5)


def test_the_code_of_a_card_translates_a_picture(monkeypatch, model, tmp_path):
    needed("onnx", "onnx")
    needed("onnxruntime", "onnx")
    from aiart.translation.model_file import load_model
    from aiart.translation.translate import translate_picture

    monkeypatch.chdir(tmp_path)
    card = export(monkeypatch, model, tmp_path / "houses.onnx")
    assert front_matter(card)["library_name"] == "onnx"
    Image.fromarray(np.random.default_rng(4).integers(0, 256, (37, 50, 3), np.uint8)).save("in.png")
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    exec(code, {})
    picture = np.asarray(Image.open("in.png"), np.float32)
    expected = translate_picture(load_model(model), picture).picture
    assert np.abs(np.asarray(Image.open("out.png"), np.float32) - expected).max() <= 0.51


def test_the_record_travels_in_the_metadata(monkeypatch, model, tmp_path):
    onnx = needed("onnx", "onnx")
    export(monkeypatch, model, tmp_path / "m.onnx")
    (text,) = [prop.value for prop in onnx.load(tmp_path / "m.onnx").metadata_props if prop.key == "aiart"]
    record = json.loads(text)
    assert (record["method"], record["direction"], record["facts"]["steps"]) == ("pix2pix", "b_to_a", 7)
    assert record["made_of"]["model"]["sha256"] == file_digest(model)


def test_without_the_package_onnx_one_sentence_says_what_to_install(monkeypatch, aiart, model, tmp_path):
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "onnx" else found(name, *more))
    with pytest.raises(Exception, match="the package onnx is not installed; run `pip install"):
        export(monkeypatch, model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
