import json
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
import skimage
import tensorflow as tf

from aiart.cli import dream as cli
from aiart.datasets.photographs import load_photograph
from aiart.deep_dream.dream import dream, metrics
from aiart.deep_dream.objective import build_objective
from aiart.deep_dream.zoom import zoom_and_rotate, zoom_frames
from aiart.errors import UserError
from aiart.images import read_image, read_metadata, resize_long_side, write_image
from aiart.networks import vgg
from aiart.networks.registry import load_network
from aiart.params.deep_dream import DeepDream, DeepDreamRoom
from aiart.timings import timings

PHOTOGRAPH = Path(skimage.__file__).parent / "data" / "astronaut.png"
INCEPTION = Path(__file__).parents[2] / "shared" / "weights" / "inception_v3_2015_bnfolded_fp16.npz"
SMALL = {"long_side": 96, "layers": "conv3_1", "octaves": 3, "iterations": 6, "jitter": 8}


@pytest.fixture(scope="module")
def photograph():
    return read_image(PHOTOGRAPH)


@pytest.fixture(scope="module")
def network():
    weights = vgg.random_weights(1, (4, 8, 8, 8, 8))
    return lambda picture, layers: vgg.features(weights, picture, layers)


def run(network, photograph, *, seed=1, guide=None, **settings):
    settings = DeepDream(**{**SMALL, **settings})
    return dream(build_objective(network, settings, guide), photograph, settings, seed=seed, smallest_side=16)


def moving_average(values, count):
    return np.convolve(values, np.ones(count) / count, "valid")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"objective": "mean", "gradient_normalization": "std"},
        {"channel": 3},
        {"layers": {"conv2_1": 1, "conv3_2": 2}},
        {"laplacian_levels": 0, "smoothing": 0.5},
        {"tile": 128, "tile_overlap": 32, "long_side": 160},
        {"random_scale": 0.05, "random_rotation": 3},
        {"parametrization": "fourier", "learning_rate": 0.02, "jitter": 1},
    ],
)
def test_objective_rises_in_its_moving_average(network, photograph, settings):
    dreamed = run(network, photograph, **{"iterations": 14, "octaves": 2, "jitter": 4, **settings})
    for _, octave in dreamed.history.groupby("octave"):
        assert (np.diff(moving_average(octave.objective, 6)) > 0).all()
    assert all(dreamed.after[layer] > 1.2 * dreamed.before[layer] for layer in dreamed.before)


def test_neuron_and_guide_rise_too(network, photograph):
    for settings in ({"neuron": [0.5, 0.5], "jitter": 0}, {"guide": photograph[::-1, :, ::-1]}):
        dreamed = run(network, photograph, **settings)
        assert dreamed.after["conv3_1"] > 1.2 * dreamed.before["conv3_1"]


def test_same_seed_same_bytes(network, photograph):
    one, other = run(network, photograph), run(network, photograph)
    assert one.picture.tobytes() == other.picture.tobytes()
    assert one.history.equals(other.history)
    assert metrics(one) == metrics(other)
    assert run(network, photograph, seed=2).picture.tobytes() != one.picture.tobytes()


def test_history_and_metrics(network, photograph):
    dreamed = run(network, photograph)
    assert list(dreamed.history.columns) == ["octave", "iteration", "objective"]
    assert {*DeepDreamRoom.losses, *DeepDreamRoom.curve[:2]} <= set(dreamed.history)
    assert dreamed.history.octave.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert dreamed.history.iteration.tolist() == list(range(1, 19))
    found = metrics(dreamed)
    assert (found["octaves"], found["iterations"]) == (3, 18)
    layer = found["layers"]["conv3_1"]
    assert layer["gain"] == pytest.approx(layer["after"] / layer["before"])
    assert found["activation_gain"] == layer["gain"]
    # Measured on the photograph at full size and on the very picture that is returned.
    activation = network(tf.constant(dreamed.picture[np.newaxis]), ["conv3_1"])["conv3_1"]
    assert layer["after"] == pytest.approx(float(tf.reduce_mean(activation**2)), rel=1e-5)
    took = timings(dreamed.seconds)
    assert len(took["seconds"]) == 19
    assert 0 < took["seconds_compile"] < took["seconds_total"]


def test_whole_layers_start_at_one(network, photograph):
    dreamed = run(network, photograph, octaves=1, jitter=0, layers={"conv2_1": 0.25, "conv3_1": 0.75})
    assert dreamed.history.objective[0] == pytest.approx(1, rel=1e-5)


def test_a_layer_of_large_numbers_does_not_rule_the_sum(network, photograph):
    def louder(picture, layers):
        found = network(picture, layers)
        return {layer: found[layer] * (1000 if layer == "conv1_2" else 1) for layer in layers}

    layers = ["conv1_2", "conv3_1"]
    one, other = (run(n, photograph, layers=layers, iterations=2) for n in (network, louder))
    np.testing.assert_allclose(one.picture, other.picture, atol=0.1)


def test_one_step_is_as_long_as_it_says(network):
    flat = np.random.default_rng(0).uniform(100, 150, (64, 64, 3)).astype(np.float32)
    for normalization, length in (("mean_abs", lambda g: np.abs(g).mean()), ("std", np.std)):
        dreamed = run(network, flat, octaves=1, iterations=1, step_size=3, gradient_normalization=normalization, seed=4)
        assert length(dreamed.picture - flat) == pytest.approx(3, rel=1e-3)


def test_detail_is_carried_to_the_next_octave_against_its_base(network, photograph, monkeypatch):
    """The first octave adds 30 to one square, the second nothing: the result is the photograph, as sharp as
    it was, with the square enlarged."""
    starts = []

    def add_a_square(objective, picture, *_):
        starts.append(picture)
        added = picture.copy()
        if len(starts) == 1:
            added[10:20, 10:20] += 30
        return added

    monkeypatch.setattr("aiart.deep_dream.dream.ascend", add_a_square)
    dark = 0.5 * photograph
    dreamed = run(network, dark, octaves=2, octave_scale=2, iterations=1)
    assert [start.shape[0] for start in starts] == [48, 96]
    change = dreamed.picture - resize_long_side(dark, 96)
    np.testing.assert_allclose(change[22:38, 22:38], 30, atol=1e-3)
    change[18:42, 18:42] = 0
    assert np.abs(change).max() < 1e-3


def test_range_and_sizes(network, photograph):
    dreamed = run(network, photograph[:, :401], step_size=40)
    assert dreamed.picture.shape == (96, 75, 3)
    assert dreamed.picture.min() == 0
    assert dreamed.picture.max() == 255


def test_values_that_the_dream_pushed_to_an_end_are_counted_and_no_others(network, photograph):
    dark = photograph.copy()
    dark[:, :256] = 0
    dreamed = run(network, dark, step_size=40)
    ended, began = ((p <= 0.5) | (p >= 254.5) for p in (dreamed.picture, resize_long_side(dark, 96)))
    share = metrics(dreamed)["clipped_share"]
    assert share == np.mean(ended & ~began)
    assert 0 < share < np.mean(ended)


@pytest.mark.parametrize("name", ["vgg19_slim", "googlenet_slim"])
def test_default_dreams_are_rich_and_not_saturated(name):
    settings = DeepDream(network=name)
    objective = build_objective(load_network(name, list(settings.layer_weights)), settings)
    for picture in ("astronaut", "coffee", "chelsea"):
        dreamed = dream(objective, load_photograph(picture), settings, seed=1, smallest_side=32)
        measured = metrics(dreamed)
        assert measured["clipped_share"] < 0.02, picture
        assert measured["activation_gain"] > 2.5, picture


def test_colours_can_be_kept(network, photograph):
    dreamed = run(network, photograph, preserve_colours="luminance", step_size=0.5)
    start = run(network, photograph, step_size=1e-6).picture
    change = dreamed.picture - start
    inside = ((dreamed.picture > 0.5) & (dreamed.picture < 254.5)).all(axis=-1)
    assert np.abs(change[inside]).mean() > 1
    assert np.ptp(change[inside], axis=-1).max() < 0.1
    plain = run(network, photograph, step_size=0.5).picture
    none, half = (
        run(network, photograph, preserve_colours="luminance", step_size=0.5, colour_strength=strength).picture
        for strength in (0, 0.5)
    )
    assert none.tobytes() == plain.tobytes()
    np.testing.assert_allclose(half, (plain + dreamed.picture) / 2, atol=1e-3)


def test_noise_start_forgets_the_photograph(network, photograph):
    one = run(network, photograph, start="noise")
    other = run(network, photograph[::-1], start="noise")
    assert one.picture.tobytes() == other.picture.tobytes()
    assert one.picture.tobytes() != run(network, photograph).picture.tobytes()


def test_total_variation_makes_calmer_pictures(network, photograph):
    def variation(picture):
        return float(tf.image.total_variation(tf.constant(picture)))

    rough, calm = run(network, photograph), run(network, photograph, tv_weight=1)
    assert variation(calm.picture) < 0.9 * variation(rough.picture)


def test_small_octaves_are_left_out_with_a_note(network, photograph, capsys):
    dreamed = run(network, photograph, octaves=7)
    assert "dream: the octave of 13×13 pixels is left out; vgg19_slim needs 16.\n" in capsys.readouterr().out
    assert dreamed.history.octave.nunique() == 6


@pytest.mark.parametrize("parametrization", ["pixels", "fourier"])
def test_turned_and_scaled_dreams_are_repeated_to_the_byte(network, photograph, parametrization):
    wanted = {"random_scale": 0.1, "random_rotation": 10, "parametrization": parametrization}
    one, other = run(network, photograph, **wanted), run(network, photograph, **wanted)
    assert one.picture.tobytes() == other.picture.tobytes()
    assert one.picture.tobytes() != run(network, photograph).picture.tobytes()


def test_what_tiles_may_change_is_said(network, photograph, capsys):
    run(network, photograph, layers="conv4_1", octaves=1, iterations=1, long_side=160, tile=128)
    assert capsys.readouterr().out == (
        "dream: conv4_1 sees 68 pixels, and tiles share 64: 44% of the picture may differ from a dream without "
        "tiles, up to 36 pixels from where tiles meet; with a tile_overlap of 136, and a tile of at least 272, nothing "
        "does.\n"
    )
    run(network, photograph, layers="conv1_1", octaves=1, iterations=1, long_side=160, tile=128)
    run(network, photograph, layers="conv4_1", octaves=1, iterations=1, long_side=96, tile=128)
    assert capsys.readouterr().out == ""


def test_not_a_number_stops(photograph):
    def broken(picture, layers):
        return dict.fromkeys(layers, picture[:, ::4, ::4] / 0.0)

    with pytest.raises(UserError) as caught:
        run(broken, photograph)
    assert str(caught.value) == (
        "The objective or its gradient is not finite on the starting picture; check the weights file or use "
        "precision float32."
    )


def test_a_silent_channel_is_said_since_the_picture_would_stay_as_it_is(photograph):
    def silent(picture, layers):
        return {layer: tf.nn.relu(-1 - picture) for layer in layers}

    with pytest.raises(UserError, match=r"^No step could be taken: nothing that is dreamed of responds to the picture"):
        run(silent, photograph, octaves=1)


def test_a_silent_channel_of_an_atlas_keeps_its_picture_and_says_so(photograph, capsys):
    def silent(picture, layers):
        return {layer: tf.nn.relu(-1 - picture) for layer in layers}

    dreamed = run(silent, photograph, octaves=1, when_silent="keep", parametrization="fourier")
    np.testing.assert_array_equal(dreamed.picture, resize_long_side(photograph, 96))
    assert metrics(dreamed)["activation_gain"] is None
    said = "dream: nothing that is dreamed of responds to the picture, which is left as it is.\n"
    assert said in capsys.readouterr().out


def test_a_suppressed_channel_falls_while_another_rises(network, photograph):
    wanted = {"channel": {"1": 1, "3": -1}, "octaves": 1, "jitter": 0, "iterations": 10}
    before, after = resize_long_side(photograph, 96), run(network, photograph, **wanted).picture
    strengths = [
        tf.reduce_mean(network(tf.constant(p[np.newaxis]), ["conv3_1"])["conv3_1"] ** 2, axis=[0, 1, 2]).numpy()
        for p in (before, after)
    ]
    assert strengths[1][1] > strengths[0][1]
    assert strengths[1][3] < strengths[0][3]


def test_zoom_keeps_the_centre_and_turns_counter_clockwise():
    picture = np.random.default_rng(0).uniform(0, 255, (41, 41, 3)).astype(np.float32)
    np.testing.assert_allclose(zoom_and_rotate(picture, 1.0, 0.0), picture, atol=1e-2)
    np.testing.assert_allclose(zoom_and_rotate(picture, 1.0, 90.0), np.rot90(picture), atol=1e-2)
    blob = np.zeros((41, 41, 3), np.float32)
    blob[20, 25] = 255
    found = zoom_and_rotate(blob, 2.0, 0.0)[..., 0]
    assert np.unravel_index(found.argmax(), found.shape) == (20, 30)


def test_zoom_frames(network, photograph):
    settings = DeepDream(**SMALL, zoom_frames=3, rotation=2, start="noise")
    objective = build_objective(network, settings)
    first = dream(objective, photograph, settings, seed=1, smallest_side=16).picture
    frames, again = (list(zoom_frames(objective, first, settings, seed=1, smallest_side=16)) for _ in range(2))
    assert [frame.dtype for frame in frames] == [np.uint8] * 3
    assert np.array_equal(frames[0], np.rint(first))
    assert not np.array_equal(frames[1], frames[2])
    assert all(np.array_equal(one, other) for one, other in zip(frames, again, strict=True))
    # The second frame goes on from the first: nearer to it, enlarged, than to a dream of its own.
    closer = zoom_and_rotate(first, settings.zoom, settings.rotation)
    assert np.corrcoef(frames[1].ravel(), closer.ravel())[0, 1] > 0.5


def options(*arguments):
    parser = ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args([str(argument) for argument in arguments])


def test_command_line(tmp_path, photograph):
    write_image(tmp_path / "in.png", photograph)
    arguments = ["--layer", "conv2_1", "--long-side", "64", "--iterations", "2", "--octaves", "2", "--zoom-frames", "2"]
    files = {"history": tmp_path / "h.csv", "metrics": tmp_path / "m.json", "timings": tmp_path / "t.json"}
    files["animation"] = tmp_path / "z.gif"
    for name, file in files.items():
        arguments += [f"--{name}", file]
    cli.run(options(tmp_path / "in.png", "-o", tmp_path / "o.png", *arguments))
    written = json.loads(files["metrics"].read_text())
    assert written["settings"]["layers"] == "conv2_1"
    assert written["measured"]["activation_gain"] > 1
    assert json.loads(read_metadata(tmp_path / "o.png")["aiart"])["dream"]["network"] == "vgg19_slim"
    assert read_image(tmp_path / "o.png").shape == (64, 64, 3)
    assert files["animation"].stat().st_size > 1000
    assert len(files["history"].read_text().splitlines()) == 5
    assert json.loads(files["timings"].read_text())["seconds_total"] > 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--zoom-frames", "3"],
            "settings: zoom_frames is 3, but no animation is asked for; ask for one, or set it to 0.",
        ),
        (
            ["--animation", "z.gif"],
            "settings: zoom_frames is 0, so that there is no animation; set it to a number above 0.",
        ),
        (
            ["--guide", PHOTOGRAPH, "--channel", "3"],
            "settings: guide and channel exclude each other, since a guide acts on whole layers; remove one.",
        ),
        (["-o", "o.bmp"], "o.bmp: cannot be written; use a name that ends in .png or .jpg or .jpeg or .tif or .tiff."),
        (
            ["--animation", "z.mp4", "--zoom-frames", "2"],
            "z.mp4: cannot be written; use a name that ends in .gif or .webp.",
        ),
        (
            ["--layers", "mixed4", "--weights", "absent.h5"],
            "absent.h5: no such weights file; give the path of an .h5, .npz or .safetensors file.",
        ),
    ],
)
def test_command_line_errors(arguments, expected, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        cli.run(options(PHOTOGRAPH, "-o", "o.png", *arguments))
    assert str(caught.value) == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not INCEPTION.is_file(), reason="needs ../shared/weights, which is not part of the project")
def test_inception_dreams(photograph):
    settings = DeepDream(layers={"mixed4": 1, "mixed8": 0.5}, long_side=176, octaves=2, iterations=10)
    network = load_network("inception_v3", list(settings.layer_weights), weights=INCEPTION)
    dreamed = dream(build_objective(network, settings), photograph, settings, seed=1, smallest_side=75)
    for _, octave in dreamed.history.groupby("octave"):
        assert (np.diff(moving_average(octave.objective, 5)) > 0).all()
    assert all(layer["gain"] > 1.5 for layer in metrics(dreamed)["layers"].values())
