import json
import shutil
from hashlib import sha256

import numpy as np
import pandas
import pytest
import tensorflow as tf

from aiart.cli import main
from aiart.errors import UserError
from aiart.images import read_image, read_metadata, write_image
from aiart.networks.files import weights_file
from aiart.params.cyclegan import CycleGAN
from aiart.params.load import checked
from aiart.params.pix2pix import Pix2Pix
from aiart.params.training import Evaluation
from aiart.translation import metrics
from aiart.translation.cyclegan.judge import describe, draw_page
from aiart.translation.cyclegan.judge import judge as judge_cyclegan
from aiart.translation.features import load_judges
from aiart.translation.judging import CELL_SIDE, beats_text, gained, spread
from aiart.translation.model_file import Model
from aiart.translation.pix2pix.judge import judge as judge_pix2pix

SIDE = 16
OFF = Evaluation(layer=["conv1_2", "conv1"], dropout=False, pictures=2)


class Network:
    """Stands in for a generator: any function of pictures in −1..1."""

    multiple, rate = SIDE, 0.0

    def __init__(self, function):
        self.function = function

    def __call__(self, pictures, noise=None):
        if noise is None:
            return self.function(pictures)
        return self.function(pictures) + 0.1 * tf.random.stateless_normal(pictures.shape, noise[0])


def invert(pictures):
    return -pictures


def grey(pictures):
    return tf.zeros_like(pictures)


def pix2pix(function=invert, direction="b_to_a"):
    return Model("pix2pix", Pix2Pix(image_side=SIDE, receptive_field=16), {"steps": 7}, {direction: Network(function)})


def cyclegan(to_b=invert, to_a=invert, **settings):
    generators = {"a_to_b": Network(to_b), "b_to_a": Network(to_a)}
    return Model("cyclegan", CycleGAN(image_side=SIDE, receptive_field=16, **settings), {"steps": 7}, generators)


def pictures(count, seed, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, (count, SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def judges():
    return load_judges(OFF, [weights_file(network) for network in OFF.networks])


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Side-by-side pictures whose right half is the negative of the left one; 5 to train, 4 held out."""
    folder = tmp_path_factory.mktemp("pairs")
    for split, count in (("train", 5), ("test", 4)):
        for number, a in enumerate(pictures(count, count)):
            write_image(folder / split / f"{number}.png", np.concatenate([a, 255 - a], axis=1))
    return folder


@pytest.fixture(scope="module")
def domains(tmp_path_factory):
    """Dark pictures a and light pictures b: 6 and 5 to train, 4 and 3 held out."""
    folder = tmp_path_factory.mktemp("domains")
    for name, made in {
        "trainA": pictures(6, 1, 0, 100),
        "testA": pictures(4, 2, 0, 100),
        "trainB": pictures(5, 3, 155, 256),
        "testB": pictures(3, 4, 155, 256),
    }.items():
        for number, picture in enumerate(made):
            write_image(folder / name / f"{number}.png", picture)
    return folder


def test_perfect_pix2pix(pairs, judges):
    judgement = judge_pix2pix(pix2pix(), pairs, OFF, judges, seed=1)
    measured = judgement.measured
    truth, train = pictures(4, 4), pictures(5, 5)
    assert (measured["pictures"], measured["l1"], measured["psnr"]) == (4, 0, None)
    assert measured["ssim"] == pytest.approx(1)
    assert measured["fid"] == pytest.approx(0, abs=1e-9)
    # What costs nothing to make, by hand.
    source_l1 = [metrics.l1(picture, 255 - picture) for picture in truth]
    mean = np.rint(train.astype(float).mean(axis=0)).astype(np.uint8)
    mean_l1 = [metrics.l1(picture, mean) for picture in truth]
    assert [row["source_l1"] for row in judgement.rows] == pytest.approx(source_l1)
    assert measured["source"]["l1"] == pytest.approx(np.mean(source_l1))
    assert measured["mean_picture"]["l1"] == pytest.approx(np.mean(mean_l1))
    assert measured["mean_picture"]["psnr"] == pytest.approx(np.mean([metrics.psnr(p, mean) for p in truth]))
    # Sets by features of the real pictures' unit scale.
    features, other = judges
    real = features(truth)
    scale = np.sqrt(np.mean(real**2))
    assert measured["source"]["fid"] == pytest.approx(
        metrics.frechet_distance(features(255 - truth) / scale, real / scale), rel=1e-4
    )
    seen = other(truth)
    scale = np.sqrt(np.mean(seen**2))
    assert measured["source"]["fid_googlenet_slim"] == pytest.approx(
        metrics.frechet_distance(other(255 - truth) / scale, seen / scale), rel=1e-4
    )
    assert (measured["features_googlenet_slim"]["network"], measured["features_googlenet_slim"]["layer"]) == (
        "googlenet_slim",
        "conv1",
    )
    assert (measured["training_pictures"]["n"], measured["training_pictures"]["n_real"]) == (4, 4)
    assert measured["features"] == {
        "network": "vgg19_slim",
        "layer": "conv1_2",
        "side": SIDE,
        "resize": "bicubic to 16 px",
        "scale": "root mean square on the real pictures",
    }
    (shown,) = judgement.shown.values()
    assert len(shown) == 2
    np.testing.assert_array_equal(shown[0].pictures["generated"], truth[0])
    np.testing.assert_array_equal(shown[0].pictures["source"], 255 - truth[0])


def test_direction_of_the_pairs(pairs, judges):
    """a → b takes the left half for the source."""
    judgement = judge_pix2pix(pix2pix(direction="a_to_b"), pairs, OFF, judges, seed=1)
    assert judgement.measured["l1"] == 0
    np.testing.assert_array_equal(judgement.shown["a_to_b"][0].pictures["source"], pictures(4, 4)[0])


def test_dropout_of_the_evaluation_has_a_seed(pairs, judges):
    on = OFF.model_copy(update={"dropout": True})
    one, same, other = (judge_pix2pix(pix2pix(), pairs, on, judges, seed=seed) for seed in (1, 1, 2))
    assert one.measured == same.measured and one.rows == same.rows
    assert one.measured["l1"] != other.measured["l1"]
    # A picture's figures do not depend on which others are judged.
    fewer = judge_pix2pix(pix2pix(), pairs, on.model_copy(update={"picture_limit": 2}), judges, seed=1)
    assert len(fewer.rows) == 2
    assert all(row in one.rows for row in fewer.rows)


def test_perfect_cycle(domains, judges):
    judgement = judge_cyclegan(cyclegan(), domains, OFF, judges, seed=1)
    a, b, train_a = pictures(4, 2, 0, 100), pictures(3, 4, 155, 256), pictures(6, 1, 0, 100)
    there, back = (judgement.measured[direction] for direction in ("a_to_b", "b_to_a"))
    assert (there["pictures"], back["pictures"]) == (4, 3)
    assert (there["cycle_l1"], back["cycle_l1"]) == (0, 0)
    assert there["diversity_ratio"] == pytest.approx(1)
    change_a, change_b = (np.mean([metrics.l1(p, 255 - p) for p in domain]) for domain in (a, b))
    assert (there["change_l1"], back["change_l1"]) == pytest.approx((change_a, change_b))
    # a → b should leave b as it is, and here turns it over.
    assert (there["identity_l1"], back["identity_l1"]) == pytest.approx((change_b, change_a))
    mean = np.rint(train_a.astype(float).mean(axis=0)).astype(np.uint8)
    assert there["mean_picture_l1"] == pytest.approx(np.mean([metrics.l1(p, mean) for p in a]))
    # Negatives of dark pictures are light: nearer to b than what they were made from.
    assert there["fid"] < there["untranslated"]["fid"] / 5
    assert (there["n"], there["n_real"], there["training_pictures"]["n"]) == (4, 3, 3)
    for features, suffix in zip(judges, ("", "_googlenet_slim"), strict=True):
        real = features(b)
        scale = np.sqrt(np.mean(real**2))
        expected = metrics.kernel_distance(features(255 - a) / scale, real / scale)
        assert (there[f"kid{suffix}"], there[f"kid_error{suffix}"]) == pytest.approx(expected, rel=1e-4)
    # Below ten pictures there is a sliced distance, but no error of it.
    assert there["swd"] > 0 and there["swd_error"] is None
    for kid in ("kid", "kid_googlenet_slim"):
        gain = there["against_untranslated"][kid]
        assert gain["gain"] == pytest.approx(there["untranslated"][kid] - there[kid], rel=1e-4)
        assert gain["standard_errors"] == pytest.approx(gain["gain"] / gain["error"])
    assert {(row["domain"], row["picture"]) for row in judgement.rows} >= {("A", "3"), ("B", "2")}
    assert len(judgement.rows) == 7
    shown = judgement.shown["b_to_a"][0].pictures
    assert set(shown) == {"real", "translated", "reconstructed", "identity"}
    np.testing.assert_array_equal(shown["translated"], 255 - b[0])


def test_the_identity_is_shown_where_it_was_asked_for(domains, judges):
    asked, unasked = (
        judge_cyclegan(cyclegan(lambda_identity=weight), domains, OFF, judges, seed=1) for weight in (0.5, 0)
    )
    assert set(unasked.shown["b_to_a"][0].pictures) == {"real", "translated", "reconstructed"}
    assert asked.measured == unasked.measured and asked.rows == unasked.rows
    assert "Identity" in describe(asked, "AB")[-1]
    assert "Identity" not in "".join(describe(unasked, "AB"))


def test_a_truth_is_compared_with_the_translation_and_with_its_input(domains, judges, tmp_path):
    folder = tmp_path / "d"
    shutil.copytree(domains, folder)
    a = pictures(4, 2, 0, 100)
    for number, picture in enumerate(a):
        write_image(folder / f"truthA/{number}.png", 250 - picture)  # 5 levels from what the network makes
    judgement = judge_cyclegan(cyclegan(), folder, OFF, judges, seed=1)
    there, back = (judgement.measured[direction] for direction in ("a_to_b", "b_to_a"))
    assert (there["truth_l1"], there["truth_l1_error"]) == (5, 0)
    untouched = [metrics.l1(250 - picture, picture) for picture in a]
    assert there["untranslated_truth_l1"] == pytest.approx(np.mean(untouched))
    assert there["truth_ssim"] > 0.95 > there["untranslated_truth_ssim"]
    assert [row["untranslated_truth_l1"] for row in judgement.rows[:4]] == pytest.approx(untouched)
    assert judgement.rows[1]["truth_ssim"] == pytest.approx(metrics.ssim(250 - a[1], 255 - a[1]))
    np.testing.assert_array_equal(judgement.shown["a_to_b"][0].pictures["truth"], 250 - a[0])
    # Everything else is as without a truth, and so is the other direction, which has none.
    without = judge_cyclegan(cyclegan(), domains, OFF, judges, seed=1)
    assert {name: there[name] for name in without.measured["a_to_b"]} == without.measured["a_to_b"]
    assert back == without.measured["b_to_a"] and judgement.rows[4:] == without.rows[4:]
    said, said_without = describe(judgement, ["dark", "light"]), describe(without, ["dark", "light"])
    added = f"L1 to the truth 5.0 ± 0 (untranslated {np.mean(untouched):.1f}), SSIM "
    assert added in said[0] and "truth" not in "".join(said_without)
    assert said[1:] == said_without[1:]
    page, page_without = (draw_page(one, "t", "c", ["dark", "light"]) for one in (judgement, without))
    assert CELL_SIDE < len(page) - len(page_without) < 1.5 * CELL_SIDE  # one more row in one of the blocks


def test_collapse_and_standstill_are_seen(domains, judges):
    collapsed = judge_cyclegan(cyclegan(to_b=grey, to_a=grey), domains, OFF, judges, seed=1).measured["a_to_b"]
    assert collapsed["diversity_ratio"] == 0
    assert collapsed["cycle_l1"] > collapsed["mean_picture_l1"]
    idle = judge_cyclegan(cyclegan(tf.identity, tf.identity), domains, OFF, judges, seed=1).measured["a_to_b"]
    assert (idle["cycle_l1"], idle["change_l1"], idle["identity_l1"]) == (0, 0, 0)
    assert idle["fid"] == pytest.approx(idle["untranslated"]["fid"])
    assert idle["swd"] == idle["untranslated"]["swd"]
    # A copy is no nearer than what it was made from, and never beats it.
    assert idle["against_untranslated"]["kid"] == {"gain": 0, "error": 0, "standard_errors": None}


def test_the_caption_says_whether_the_translation_beats_its_input():
    gains = {"kid": gained(0.5, 0.1), "kid_googlenet_slim": gained(0.1, 0.1), "swd": gained(-3.0, 2.0)}
    expected = (
        "Beats the untranslated picture: by KID yes, +5.0 standard errors; by KID over googlenet_slim no, +1.0 "
        "standard errors; by SWD no, −1.5 standard errors."
    )
    assert beats_text(gains) == expected
    assert beats_text({"kid": gained(0.0, 0.0)}) == "Beats the untranslated picture: by KID –."


def test_a_cycle_needs_both_directions(domains, judges):
    half = Model("cyclegan", CycleGAN(image_side=SIDE, receptive_field=16), {"steps": 7}, {"a_to_b": Network(invert)})
    with pytest.raises(UserError, match="translates only a_to_b, so it has no cycle"):
        judge_cyclegan(half, domains, OFF, judges, seed=1)


def test_spread_takes_from_everywhere_and_never_twice():
    assert spread(10, 4) == [0, 2, 5, 7]
    assert spread(3, 8) == [0, 1, 2]
    assert spread(751, 200)[-1] < 751 and len(set(spread(751, 200))) == 200


@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
def test_command_writes_figures_table_and_grid(method, tmp_path, monkeypatch, pairs, domains):
    from aiart.translation import model_file

    model, dataset = (pix2pix(), pairs) if method == "pix2pix" else (cyclegan(), domains)
    monkeypatch.setattr(model_file, "load_model", lambda path: model)
    (tmp_path / "m.npz").write_bytes(b"model")

    def evaluate(name):
        paths = {suffix: tmp_path / f"{name}.{suffix}" for suffix in ("json", "csv", "png")}
        arguments = ["evaluate", str(tmp_path / "m.npz"), "--dataset", str(dataset), "-o", str(paths["json"])]
        arguments += ["--grid", str(paths["png"]), "--table", str(paths["csv"]), "--title", "Night and day"]
        arguments += ["--settings", '{"pictures": 4}', "--domains", "night", "day"]
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        return paths

    one, other = evaluate("one"), evaluate("other")
    assert [path.read_bytes() for path in one.values()] == [path.read_bytes() for path in other.values()]
    written = json.loads(one["json"].read_text())
    assert set(written) == {"measured", "settings", "made_with", "made_of"}
    assert written["settings"]["pictures"] == 4
    assert written["made_of"]["model"] == {"name": "m.npz", "sha256": sha256(b"model").hexdigest()}
    assert [file["name"] for file in written["made_of"]["weights"]] == ["vgg19_slim.npz", "googlenet_slim.npz"]
    caption = read_metadata(one["png"])["caption"]
    assert "over vgg19_slim conv4_3 " in caption and "; over googlenet_slim inception_4e " in caption
    assert json.loads(read_metadata(one["png"])["aiart"])["made_of"] == written["made_of"]
    table = pandas.read_csv(one["csv"])
    assert len(table) == (4 if method == "pix2pix" else 7)
    height, width = read_image(one["png"]).shape[:2]
    # Of b there are only three held-out pictures for four places.
    columns, rows = (3, 4) if method == "pix2pix" else (4, 8)
    assert width > columns * 256 and height > rows * 256


def test_weights_are_given_for_each_network(tmp_path, capsys):
    (tmp_path / "m.npz").write_bytes(b"model")
    arguments = ["evaluate", str(tmp_path / "m.npz"), "--dataset", str(tmp_path), "-o", str(tmp_path / "o.json")]
    with pytest.raises(SystemExit):
        main([*arguments, "--weights", "one.npz"])
    assert "--weights: 1 for 2 networks; give a file for each, or leave it out.\n" in capsys.readouterr().err


def test_judges_and_their_layers():
    assert Evaluation().judges == {"vgg19_slim": "conv4_3", "googlenet_slim": "inception_4e"}
    assert Evaluation(network="googlenet_slim").judges == {"googlenet_slim": "inception_4e"}
    assert Evaluation(layer="inception_3b").judges == {"googlenet_slim": "inception_3b"}
    assert Evaluation(layer=["conv2_1", "inception_3b"]).judges == {
        "vgg19_slim": "conv2_1",
        "googlenet_slim": "inception_3b",
    }


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"network": ["vgg19_slim", "vgg19_slim"]}, "network: a network is named twice; name each once."),
        ({"network": []}, "network: none is named; give at least one."),
        (
            {"network": ["vgg19", "googlenet_slim"], "layer": "conv4_3"},
            "layer: 1 for 2 networks; give one for each, or leave it out.",
        ),
        (
            {"network": "vgg19", "layer": ["conv4_3", "mixed0"]},
            "layer: 2 for 1 networks; give one for each, or leave it out.",
        ),
    ],
)
def test_wrong_judges_are_named(settings, sentence):
    with pytest.raises(UserError) as caught:
        checked(Evaluation, settings, "x")
    assert str(caught.value) == f"x: {sentence}"


def test_a_network_s_figures_do_not_depend_on_who_else_judges(pairs, judges):
    both = judge_pix2pix(pix2pix(), pairs, OFF, judges, seed=1).measured
    alone = judge_pix2pix(pix2pix(), pairs, OFF, judges[1:], seed=1).measured
    for group in ("source", "training_pictures"):
        for figure in ("kid", "kid_error", "fid"):
            assert both[group][f"{figure}_googlenet_slim"] == alone[group][figure]
