import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import resize_exact, resize_long_side
from aiart.params.paintings import StyleTransferRoom
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer import estimate as estimation
from aiart.style_transfer.estimate import estimate
from aiart.style_transfer.memory import plan_mb
from aiart.style_transfer.paint import metrics, paint
from aiart.style_transfer.recorder import AVERAGE_DECAY
from aiart.style_transfer.targets import Targets
from aiart.timings import timings

LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def run(tiny_network, scene):
    """`run(iterations=…, …)`: a small painting; content, styles and seed can be given too, and settings beyond their
    bounds."""

    def painted(
        content=None,
        styles=None,
        seed=1,
        init_picture=None,
        palette=None,
        masks=(),
        targets=None,
        network=tiny_network,
        beyond=None,
        **settings,
    ):
        content = scene(24, 32, 1) if content is None else content
        styles = [scene(30, 26, 2)] if styles is None else styles
        chosen = StyleTransfer(
            **{
                "content_layers": "conv2_2",
                "style_layers": ["conv1_1", "conv2_1"],
                "style_statistic": "gram",
                "gram_normalization": "relative",
                "content_weight": 0.01,
                "style_weight": 10,
                "tv_weight": 0,
                "iterations": 6,
                "long_side": 64,
                **settings,
            }
        ).model_copy(update=beyond)
        return paint(
            network,
            content,
            styles,
            chosen,
            seed=seed,
            init_picture=init_picture,
            palette=palette,
            masks=masks,
            targets=targets,
        )

    return painted


class Sizes:
    """A network that remembers the sizes of the pictures it was given."""

    def __init__(self, network):
        self.network, self.sizes = network, []

    def __call__(self, picture, layers):
        self.sizes.append(tuple(picture.shape[1:3]))
        return self.network(picture, layers)


# Optimisers


@pytest.mark.parametrize(("optimizer", "share"), [("lbfgs", 0.15), ("adam", 0.5)])
def test_the_loss_falls_and_the_picture_stays_in_range(run, optimizer, share):
    painted = run(optimizer=optimizer, iterations=25)
    totals = painted.history.total
    assert len(totals) == 25
    assert totals.min() < share * totals.iloc[0]
    assert painted.picture.min() >= 0
    assert painted.picture.max() <= 255
    assert {*StyleTransferRoom.losses, *StyleTransferRoom.curve[:2]} <= set(painted.history)
    assert np.isfinite(painted.picture).all()
    np.testing.assert_allclose(totals, painted.history[["content", "style", "tv"]].sum(axis=1), rtol=1e-4)


def test_lbfgs_reaches_lower_than_adam_in_as_many_evaluations(run):
    lowest = [run(optimizer=o, iterations=25).history.total.min() for o in ("lbfgs", "adam")]
    assert lowest[0] < lowest[1]


@pytest.mark.parametrize("iterations", [1, 2, 7, 20])
def test_lbfgs_evaluates_as_often_as_asked(run, iterations):
    painted = run(optimizer="lbfgs", iterations=iterations, init="noise")
    assert painted.history.evaluation.tolist() == list(range(1, iterations + 1))
    assert len(painted.seconds) == iterations
    assert np.all(np.diff(painted.seconds) > 0)


def test_lbfgs_obeys_the_bounds_during_the_search(run):
    """A style brighter than any picture can be pushes against white."""
    styles = [np.full((20, 20, 3), 255, np.float32)]
    painted = run(styles=styles, iterations=12, snapshot_every=1, init="noise", content_weight=0)
    assert len(painted.frames) == 13
    assert painted.picture.max() == 255
    assert all(frame.min() >= 0 for frame in painted.frames)


def test_adam_takes_steps_of_the_learning_rate(run, scene):
    content = np.rint(scene(24, 32, 1) * 0.5 + 60)
    for rate in (1, 3):
        # A large weight, beside which Adam's ε is nothing.
        painted = run(
            optimizer="adam", iterations=2, snapshot_every=1, learning_rate=rate, content=content, style_weight=1e6
        )
        moved = np.abs(painted.frames[1].astype(float) - painted.frames[0])
        assert set(np.unique(moved)) <= {0, rate}  # the first step is ±rate wherever there is a gradient
        assert (moved == rate).mean() > 0.95


def test_a_start_that_cannot_be_bettered_ends_lbfgs_at_once(run):
    painted = run(style_weight=0, content_weight=1)
    assert len(painted.history) == 1
    assert painted.history.total[0] == 0
    assert timings(painted.seconds)["seconds_per_iteration"] is None


# What is kept


def test_the_best_picture_is_kept(run, tiny_network, scene):
    from aiart.style_transfer.objective import as_batch, build_objective

    wild = {"optimizer": "adam", "iterations": 6, "learning_rate": 25}
    best = run(**wild, keep="best")
    totals = best.history.total
    assert totals.idxmin() < 5, "choose a rate at which the last is not the best"
    chosen = StyleTransfer(
        content_layers="conv2_2",
        style_layers=["conv1_1", "conv2_1"],
        style_statistic="gram",
        gram_normalization="relative",
        content_weight=0.01,
        style_weight=10,
        tv_weight=0,
    )
    objective = build_objective(tiny_network, scene(24, 32, 1), [scene(30, 26, 2)], chosen)
    assert float(objective(as_batch(best.picture)).total) == pytest.approx(totals.min(), rel=1e-5)
    last = run(**wild, keep="last")
    assert float(objective(as_batch(last.picture)).total) == pytest.approx(totals.iloc[-1], rel=1e-5)


def test_the_running_average_is_that_of_the_evaluated_pictures(run):
    painted = run(optimizer="adam", iterations=5, keep="average", snapshot_every=1)
    frames = np.stack(painted.frames[:5]).astype(float)
    weights = AVERAGE_DECAY ** np.arange(4, -1, -1)
    expected = np.tensordot(weights / weights.sum(), frames, axes=1)
    np.testing.assert_allclose(painted.picture, expected, atol=0.51)  # the frames are rounded
    assert painted.picture.min() >= 0
    assert painted.picture.max() <= 255


# Where painting starts


def start(painted):
    """The first evaluated picture, rounded."""
    return painted.frames[0].astype(float)


def test_kinds_of_start(run, scene):
    content, style = scene(24, 32, 1), scene(30, 26, 2)
    kept = {"iterations": 1, "snapshot_every": 1, "content": content, "styles": [style]}
    np.testing.assert_allclose(start(run(**kept)), content, atol=0.5)
    np.testing.assert_allclose(start(run(**kept, init="style")), resize_exact(style, 24, 32), atol=1.01)
    own = scene(50, 50, 9)
    found = start(run(**kept, init="picture", init_picture=own))
    np.testing.assert_allclose(found, resize_exact(own, 24, 32), atol=0.5)
    noise = start(run(**kept, init="noise"))
    assert 100 < noise.mean() < 155  # uniform over 0..255: 127.5, deviation 73.6
    assert 68 < noise.std() < 79


def test_the_share_of_noise_in_the_start(run, scene):
    content = scene(24, 32, 1)
    kept = {"iterations": 1, "snapshot_every": 1, "content": content}
    noise = start(run(**kept, init="noise"))
    for share in (0.25, 0.8):
        expected = (1 - share) * content + share * noise
        np.testing.assert_allclose(start(run(**kept, init_noise=share)), expected, atol=1.01)


def test_the_same_seed_paints_the_same_bytes_and_another_another_picture(run):
    for optimizer in ("lbfgs", "adam"):
        one, same, other = (run(optimizer=optimizer, init_noise=0.3, seed=seed, snapshot_every=2) for seed in (1, 1, 2))
        assert one.picture.tobytes() == same.picture.tobytes()
        assert one.history.equals(same.history)
        assert np.array_equal(one.frames, same.frames)
        assert np.abs(one.picture - other.picture).max() > 1


# Sizes


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [((24, 32), 64, (24, 32)), ((40, 30), 32, (32, 24)), ((33, 47), 31, (22, 31)), ((17, 17), 16, (16, 16))],
)
def test_odd_sizes_and_never_larger_than_the_photograph(run, scene, size, long_side, expected):
    painted = run(content=scene(*size, 1), styles=[scene(40, 40, 2)], long_side=long_side, iterations=2)
    assert painted.picture.shape == (*expected, 3)


def test_pyramid_levels_go_from_small_to_full_size(run, tiny_network, scene):
    network = Sizes(tiny_network)
    painted = run(
        network=network,
        content=scene(48, 64, 1),
        styles=[scene(64, 64, 2)],
        pyramid=[{"scale": 0.4, "iterations": 2}, {"scale": 0.75, "iterations": 3}],
        iterations=4,
        snapshot_every=1,
    )
    assert painted.history.level.tolist() == [0] * 2 + [1] * 3 + [2] * 4
    assert painted.history.evaluation.tolist() == list(range(1, 10))
    # Content, style, and the trace of the objective, at each level; 64 · 0.4 = 25.6.
    assert network.sizes == [
        (20, 26), (26, 26), (20, 26),
        (36, 48), (48, 48), (36, 48),
        (48, 64), (64, 64), (48, 64),
    ]  # fmt: skip
    assert painted.picture.shape == (48, 64, 3)
    assert {frame.shape for frame in painted.frames} == {(48, 64, 3)}
    # A level starts from the one before it, not from the photograph.
    plain = run(content=scene(48, 64, 1), styles=[scene(64, 64, 2)], iterations=4)
    assert painted.history.total[5] < 0.8 * plain.history.total[0]


def test_the_style_picture_follows_style_scale_and_keeps_its_aspect(run, tiny_network, scene):
    for scale, expected in ((1.0, (32, 16)), (0.75, (24, 12)), (5.0, (100, 50))):  # never enlarged
        network = Sizes(tiny_network)
        if min(expected) < 16:
            with pytest.raises(UserError):
                run(network=network, styles=[scene(100, 50, 2)], style_scale=scale, iterations=1)
            continue
        run(network=network, styles=[scene(100, 50, 2)], style_scale=scale, iterations=1)
        assert network.sizes[1] == expected


@pytest.mark.parametrize(
    ("content", "style", "size"),
    [((12, 40), (30, 30), "40×12"), ((40, 40), (64, 10), "6×40"), ((15, 15), (30, 30), "15×15")],
)
def test_pictures_too_small_for_the_network_are_named(run, scene, content, style, size):
    with pytest.raises(UserError) as caught:
        run(content=scene(*content, 1), styles=[scene(*style, 2)])
    assert str(caught.value) == (
        f"A picture is {size} pixels at its size in the network, which needs at least 16 on the shorter side; "
        "raise long_side or style_scale, or use a larger picture."
    )


# Snapshots, colours, failures


@pytest.mark.parametrize(("every", "count"), [(0, 0), (1, 8), (3, 4), (7, 2), (100, 2)])
def test_snapshots_are_taken_every_so_often_and_the_result_comes_last(run, every, count):
    painted = run(iterations=7, snapshot_every=every)
    assert len(painted.frames) == count
    if count:
        assert {frame.dtype for frame in painted.frames} == {np.dtype(np.uint8)}
        np.testing.assert_array_equal(painted.frames[-1], np.rint(painted.picture))


def chroma(picture):
    return picture - (picture @ LUMA)[..., np.newaxis]


def test_luminance_transfer_keeps_the_photographs_chroma(run, scene):
    content = scene(24, 32, 1) * 0.4 + 75  # away from black and white, where colours are clipped
    painted = run(content=content, preserve_colours="luminance", snapshot_every=3, iterations=8)
    plain = run(content=content, iterations=8)
    inside = ((painted.picture > 0) & (painted.picture < 255)).all(axis=-1)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(chroma(painted.picture)[inside], chroma(content)[inside], atol=0.01)
    assert np.abs(chroma(plain.picture) - chroma(content)).max() > 5
    assert np.abs((painted.picture - content) @ LUMA).max() > 5  # the luminance is painted all the same
    for frame in painted.frames:
        inside = ((frame > 0) & (frame < 255)).all(axis=-1)
        np.testing.assert_allclose(chroma(frame)[inside], chroma(content)[inside], atol=1.5)


def test_statistics_matching_brings_the_styles_colours_to_the_photographs(run, scene):
    content = scene(24, 32, 1) * 0.3 + [100, 40, 40]
    style = scene(30, 26, 2) * 0.3 + [20, 60, 160]
    means = [
        run(
            content=content.astype(np.float32),
            styles=[style.astype(np.float32)],
            preserve_colours=mode,
            style_layers=["conv1_1"],
            content_weight=0,
            iterations=25,
        ).picture.mean(axis=(0, 1))
        for mode in ("none", "statistics")
    ]
    target = content.mean(axis=(0, 1))
    assert np.abs(means[1] - target).max() < 12
    assert np.abs(means[0] - target).max() > 2 * np.abs(means[1] - target).max()


@pytest.fixture
def coloured(scene):
    """A photograph, a style picture and a palette, each of its own colours and away from black and white."""
    colours = ([100, 40, 40], [20, 60, 160], [40, 150, 60])
    return [(scene(24, 32, seed) * 0.3 + colour).astype(np.float32) for seed, colour in enumerate(colours)]


@pytest.mark.parametrize("kind", ["luminance", "statistics", "palette"])
def test_colour_strength_0_is_as_without_to_the_byte_and_more_is_nearer_to_the_whole(run, coloured, kind):
    content, style, palette = coloured

    def painted(**settings):
        given = {"palette": palette} if settings.get("preserve_colours") == "palette" else {}
        free = {"style_layers": ["conv1_1"], "content_weight": 0, "iterations": 12, "snapshot_every": 6}
        return run(content=content, styles=[style], **free, **given, **settings)

    plain = painted()
    none, half, whole = (painted(preserve_colours=kind, colour_strength=strength) for strength in (0, 0.5, 1))
    assert none.picture.tobytes() == plain.picture.tobytes()
    assert [frame.tobytes() for frame in none.frames] == [frame.tobytes() for frame in plain.frames]
    assert whole.picture.tobytes() == painted(preserve_colours=kind).picture.tobytes()
    colours = [one.picture.mean(axis=(0, 1)) for one in (none, half, whole)]
    far = np.linalg.norm(colours[2] - colours[0])
    assert far > 2
    assert np.linalg.norm(colours[1] - colours[0]) < far and np.linalg.norm(colours[2] - colours[1]) < far


def test_for_luminance_the_styles_luminance_is_matched_before_painting(run, scene):
    content, dark = scene(24, 32, 1) * 0.2 + 150, scene(30, 26, 2) * 0.5
    free = {"style_layers": ["conv1_1"], "content_weight": 0, "iterations": 25}
    plain, kept = (
        run(content=content, styles=[dark], preserve_colours=mode, **free).picture @ LUMA
        for mode in ("none", "luminance")
    )
    wanted = (content @ LUMA).mean()
    assert abs(kept.mean() - wanted) < 5
    assert abs(plain.mean() - wanted) > 3 * abs(kept.mean() - wanted)


def test_a_palette_gives_its_mean_and_covariance(run, coloured):
    content, style, palette = coloured
    painted = run(content=content, styles=[style], palette=palette, preserve_colours="palette", iterations=25).picture
    samples, wanted = (picture.reshape(-1, 3) for picture in (painted, palette))
    assert np.abs(samples.mean(axis=0) - wanted.mean(axis=0)).max() < 1
    assert np.abs(content.mean(axis=(0, 1)) - palette.mean(axis=(0, 1))).max() > 50
    there, asked = (np.cov(picture, rowvar=False, bias=True) for picture in (samples, wanted))
    assert np.linalg.norm(there - asked) < 0.03 * np.linalg.norm(asked)


def test_a_palette_leaves_a_region_that_keeps_the_photograph(run, coloured):
    content, style, palette = coloured
    left = np.zeros_like(content)
    left[:, :16] = 255
    painted = run(
        content=content,
        styles=[style],
        palette=palette,
        masks=[left],
        preserve_colours="palette",
        regions=[{"weight": 0}],
    ).picture
    np.testing.assert_allclose(painted[:, :15], content[:, :15], atol=1e-3)
    assert np.abs(painted[:, 17:].mean(axis=(0, 1)) - content[:, 17:].mean(axis=(0, 1))).max() > 20


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_loss_that_is_not_finite_is_told(run, optimizer):
    with pytest.raises(UserError) as caught:
        run(optimizer=optimizer, gram_normalization="positions", beyond={"style_weight": 1e38})
    assert str(caught.value) == (
        "The loss is not finite at evaluation 1; lower content_weight, style_weight, tv_weight or learning_rate."
    )


def test_metrics_and_timings(run):
    painted = run(optimizer="adam", iterations=9, learning_rate=25)
    measured, history = metrics(painted), painted.history
    best = history.loc[history.total.idxmin()]
    assert measured == {
        "evaluations": 9,
        "first_total": history.total[0],
        "last_total": history.total[8],
        "best_total": best.total,
        "best_content": best.content,
        "best_style": best.style,
        "best_tv": best.tv,
    }
    took = timings(painted.seconds)
    assert set(took) == {"seconds_total", "seconds_compile", "seconds_per_iteration", "peak_memory_mb", "seconds"}
    assert took["seconds"] == painted.seconds
    assert took["seconds_compile"] == painted.seconds[0] < took["seconds_total"] == painted.seconds[-1]
    assert took["seconds_per_iteration"] == pytest.approx(np.median(np.diff(painted.seconds)))
    assert 100 < took["peak_memory_mb"] < 100_000


def test_metrics_of_a_pyramid_are_those_of_the_full_size(run, scene):
    painted = run(content=scene(40, 40, 1), pyramid=[{"scale": 0.5, "iterations": 3}], iterations=4)
    measured = metrics(painted)
    assert measured["evaluations"] == 7
    assert measured["first_total"] == painted.history.total[3]
    assert measured["best_total"] == painted.history.total[3:].min()


# Estimates


def test_an_estimate_extends_the_line_through_its_trials(tiny_network, scene, monkeypatch):
    trials = []

    def painting(*arguments, **options):
        trials.append(paint(*arguments, **options))
        return trials[-1]

    def linear(seconds):
        pixels = trials[-1].picture.shape[0] * trials[-1].picture.shape[1]
        return {
            "seconds_compile": 1 + 1e-4 * pixels,
            "seconds": [i * (0.01 + 1e-6 * pixels) for i in range(20)],
            "peak_memory_mb": 300 + 0.01 * pixels,
        }

    monkeypatch.setattr(estimation, "paint", painting)
    monkeypatch.setattr(estimation, "timings", linear)
    content, style = scene(120, 160, 1), scene(160, 160, 2)

    def estimated(**changes):
        chosen = StyleTransfer(
            content_layers="conv2_2", style_layers=["conv1_1"], long_side=160, **{"iterations": 50, **changes}
        )
        return estimate(tiny_network, content, [style], chosen)

    found = estimated()
    assert (found.width, found.height) == (160, 120)
    pixels = 160 * 120
    one_level = 1 + 1e-4 * pixels + 50 * (0.01 + 1e-6 * pixels)
    assert found.seconds == pytest.approx(one_level)
    assert found.memory_mb == pytest.approx(300 + 0.01 * pixels)
    smaller = 1 + 1e-4 * pixels / 4 + 30 * (0.01 + 1e-6 * pixels / 4)
    pyramid = estimated(pyramid=[{"scale": 0.5, "iterations": 30}])
    assert pyramid.seconds == pytest.approx(one_level + smaller)


def test_an_estimate_survives_small_pictures_and_a_start_from_a_file(tiny_network, scene):
    for changes in ({}, {"init": "picture"}, {"style_weight": 0}):
        chosen = StyleTransfer(content_layers="conv2_2", style_layers=["conv1_1"], long_side=40, tv_weight=0, **changes)
        found = estimate(tiny_network, resize_long_side(scene(64, 64, 1), 40), [scene(64, 64, 2)], chosen)
        assert (found.width, found.height) == (40, 40)
        assert 0 < found.seconds < 300


def test_an_estimate_of_tiles_times_one_and_names_every_level(tiny_network, scene):
    chosen = StyleTransfer(
        content_layers="conv2_2", style_layers=["conv1_1"], long_side=700, tile=128, pyramid="auto", iterations=10
    )
    found = estimate(tiny_network, scene(500, 700, 1), [scene(64, 64, 2)], chosen)
    assert (found.width, found.height) == (700, 500)
    assert [(level.width, level.height, level.evaluations) for level in found.levels] == [(350, 250, 6), (700, 500, 6)]
    assert all(level.plan.tiling.side == 128 and level.seconds > 0 for level in found.levels)
    assert found.seconds == sum(level.seconds for level in found.levels)
    assert found.memory_mb == plan_mb(chosen, 700 * 500, found.levels[-1].plan)


# Several photographs


@pytest.mark.parametrize("statistic", ["gram", "moments", "sliced_wasserstein"])
def test_the_targets_of_a_style_are_computed_once_for_several_photographs(run, tiny_network, scene, statistic):
    photographs, style = [scene(24, 32, 1), scene(32, 24, 3), scene(24, 32, 4)], scene(30, 26, 2)
    layers, sizes = ["conv1_1", "conv2_1"], []

    def network(picture, wanted):
        if isinstance(picture, tf.Tensor) and hasattr(picture, "numpy") and list(wanted) == layers:
            sizes.append(tuple(picture.shape[1:3]))
        return tiny_network(picture, wanted)

    settings = {"styles": [style], "style_statistic": statistic, "iterations": 3, "style_layers": layers}
    alone = [run(content=photograph, **settings).picture.tobytes() for photograph in photographs]
    targets = Targets()
    shared = [run(content=p, network=network, targets=targets, **settings).picture.tobytes() for p in photographs]
    assert shared == alone
    assert sizes.count((30, 26)) == (3 if statistic == "sliced_wasserstein" else 1)


def test_targets_are_of_what_is_in_the_style_and_of_its_mask(scene):
    from aiart.style_transfer.objective import Part
    from aiart.style_transfer.statistics import STATISTICS, Look

    one, other = scene(8, 8, 1), scene(8, 8, 2)
    plain, masked = Look(64), Look(64, weights=tf.constant(np.eye(1, 64, 3)[0]))
    asked = []

    def compute(style, parts):
        asked.extend(parts)
        return [tf.reduce_sum(style) for _ in parts]

    targets = Targets()
    for style, look in ((one, plain), (one, masked), (other, plain), (one, plain), (one, masked), (other, plain)):
        (found,) = targets.of(style, [Part("conv1_1", STATISTICS["gram"], look)], compute)
        assert found == tf.reduce_sum(style)
    assert len(asked) == 3
