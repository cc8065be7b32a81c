import numpy as np
import pytest
import tensorflow as tf

from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.losses import content_loss, layer_weights, total_variation_loss
from aiart.style_transfer.objective import build_objective, style_terms
from aiart.style_transfer.statistics import gram_matrix, mean_gram_matrix, style_loss


def activation(*rows):
    """One picture; `rows` are rows of positions, each a list of channels."""
    return tf.constant([rows], tf.float32)


# The losses, worked by hand


def test_content_loss():
    ours = activation([[1, 2], [3, 4]], [[5, 6], [7, 8]])  # 2 × 2 positions, 2 channels
    theirs = activation([[1, 0], [3, 4]], [[5, 6], [4, 8]])
    # (2² + 3²) / (4 · 4 positions · 2 channels)
    assert float(content_loss(ours, theirs)) == pytest.approx(13 / 32)
    assert float(content_loss(ours, ours)) == 0


def test_gram_matrix():
    found = activation([[1, 2], [3, 4], [0, -1]])
    np.testing.assert_array_equal(gram_matrix(found), [[10, 14], [14, 21]])
    np.testing.assert_allclose(mean_gram_matrix(found), np.array([[10, 14], [14, 21]]) / 3, rtol=1e-6)


def test_the_gram_matrix_of_noise_is_numpys():
    found = np.random.default_rng(0).normal(0, 1, (1, 7, 5, 6)).astype(np.float32)
    flat = found.astype(np.float64).reshape(35, 6)
    np.testing.assert_allclose(gram_matrix(tf.constant(found)), flat.T @ flat, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("normalization", "expected"),
    # ΔG/P = [[1, 2], [2, -4]]: Σ = 25, C = 2; ΣG² of the target = 4 + 0 + 0 + 36.
    [("documents", 25 / 4 / 4), ("elements", 25 / 4 / 4), ("positions", 25 / 4), ("relative", 25 / 40)],
)
def test_style_loss(normalization, expected):
    gram, target = tf.constant([[3.0, 2.0], [2.0, 2.0]]), tf.constant([[2.0, 0.0], [0.0, 6.0]])
    assert float(style_loss(gram, target, normalization)) == pytest.approx(expected)
    assert float(style_loss(target, target, normalization)) == 0


@pytest.mark.parametrize("normalization", ["documents", "elements", "positions"])
def test_style_losses_are_the_published_formulas(normalization):
    random = np.random.default_rng(1)
    one, two = (random.normal(0, 1, (1, 4, 6, 3)).astype(np.float32) for _ in range(2))
    channels, positions = 3, 24
    difference = np.asarray(gram_matrix(tf.constant(one)) - gram_matrix(tf.constant(two)), np.float64)
    expected = {
        "documents": (difference**2).sum() / (4 * channels**2 * positions**2),
        "elements": ((difference / (channels * positions)) ** 2).mean(),
        "positions": ((difference / positions) ** 2).mean(),
    }[normalization]
    grams = (mean_gram_matrix(tf.constant(x)) for x in (one, two))
    assert float(style_loss(*grams, normalization)) == pytest.approx(expected, rel=1e-5)


def test_a_blank_picture_has_the_relative_style_loss_one():
    target = tf.constant(np.random.default_rng(2).uniform(0, 9, (5, 5)), tf.float32)
    assert float(style_loss(tf.zeros_like(target), target, "relative")) == pytest.approx(1)
    assert float(style_loss(3 * target, 3 * 2 * target, "relative")) == pytest.approx(1 / 4)  # any scale


def test_total_variation():
    # One channel differs: rows (0, 3), (4, 4). |Δy| = 4 + 1, |Δx| = 3 + 0.
    picture = np.zeros((1, 2, 2, 3), np.float32)
    picture[0, :, :, 1] = [[0, 3], [4, 4]]
    picture = tf.constant(picture)
    assert float(total_variation_loss(picture, "anisotropic")) == pytest.approx(8 / 12)
    assert float(total_variation_loss(picture, "squared")) == pytest.approx((16 + 1 + 9) / 12)
    # Both differences exist at the first position only: √(4² + 3²); the flat channels add √1e-4 each.
    assert float(total_variation_loss(picture, "isotropic")) == pytest.approx((5 + 0.02) / 12, rel=1e-4)


def test_anisotropic_total_variation_is_tensorflows():
    picture = tf.random.stateless_uniform((1, 9, 7, 3), (1, 2), 0, 255)
    expected = float(tf.image.total_variation(picture)[0]) / (9 * 7 * 3)
    assert float(total_variation_loss(picture)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("form", ["anisotropic", "isotropic", "squared"])
def test_total_variation_has_a_finite_gradient_on_a_flat_picture(form):
    picture = tf.Variable(tf.fill([1, 5, 4, 3], 70.0))
    with tf.GradientTape() as tape:
        loss = total_variation_loss(picture, form)
    assert float(loss) < 0.01
    np.testing.assert_array_equal(tape.gradient(loss, picture), np.zeros((1, 5, 4, 3)))


def test_layer_weights():
    assert layer_weights("equal", 4) == [0.25] * 4
    assert layer_weights("geometric", 3) == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert layer_weights([1, 0, 3], 3) == [0.25, 0.0, 0.75]
    assert sum(layer_weights("geometric", 16)) == pytest.approx(1)


# The objective


class Asked:
    """A network that remembers which layers it was asked for."""

    def __init__(self, network):
        self.network, self.layers = network, []

    def __call__(self, picture, layers):
        self.layers.append(list(layers))
        return self.network(picture, layers)


def settings(**changes):
    return StyleTransfer(
        **{
            "content_layers": {"conv1_2": 2.0, "conv2_2": 0.5},
            "style_layers": ["conv1_1", "conv2_1"],
            "style_layer_weights": [1, 3],
            "content_weight": 3.0,
            "style_weight": 0.01,
            "tv_weight": 0.7,
            "style_statistic": "gram",
            "gram_normalization": "documents",
            **changes,
        }
    )


@pytest.mark.parametrize("normalization", ["documents", "elements", "positions", "relative"])
def test_the_objective_is_the_weighted_sum(tiny_network, scene, normalization):
    picture, content, style = scene(17, 22, 1), scene(17, 22, 2), scene(25, 19, 3)
    chosen = settings(gram_normalization=normalization)
    found = build_objective(tiny_network, content, [style], chosen)(tf.constant(picture[np.newaxis]))

    layers = ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    generated, wanted, painted = (
        {k: v.numpy()[0].astype(np.float64) for k, v in tiny_network(tf.constant(x[np.newaxis]), layers).items()}
        for x in (picture, content, style)
    )
    content_part = sum(
        3.0 * weight * ((generated[layer] - wanted[layer]) ** 2).sum() / (4 * wanted[layer].size)
        for layer, weight in (("conv1_2", 2.0), ("conv2_2", 0.5))
    )
    style_part = 0.0
    for layer, weight in (("conv1_1", 0.25), ("conv2_1", 0.75)):
        gram, target = (
            np.einsum("hwi,hwj->ij", x[layer], x[layer]) / (x[layer].shape[0] * x[layer].shape[1])
            for x in (generated, painted)
        )
        channels = len(gram)
        squares = ((gram - target) ** 2).sum()
        style_part += (
            0.01
            * weight
            * {
                "documents": squares / (4 * channels**2),
                "elements": squares / channels**4,
                "positions": squares / channels**2,
                "relative": squares / (target**2).sum(),
            }[normalization]
        )
    x = picture.astype(np.float64)
    tv_part = 0.7 * (np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum()) / x.size
    assert float(found.content) == pytest.approx(content_part, rel=1e-4)
    assert float(found.style) == pytest.approx(style_part, rel=1e-3)
    assert float(found.tv) == pytest.approx(tv_part, rel=1e-4)
    assert float(found.total) == pytest.approx(content_part + style_part + tv_part, rel=1e-3)
    assert found.gradient.shape == (1, 17, 22, 3)


@pytest.mark.parametrize("form", ["anisotropic", "isotropic", "squared"])
def test_the_gradient_agrees_with_central_differences(tiny_network, scene, form):
    # About equal parts, so that none hides the others; average pooling has fewer kinks.
    chosen = settings(content_weight=1.0, style_weight=3.0, tv_weight=40.0, tv_form=form, gram_normalization="relative")
    objective = build_objective(tiny_network, scene(14, 12, 2), [scene(16, 16, 3)], chosen)
    picture = scene(14, 12, 1) * 0.8 + 20
    start = objective(tf.constant(picture[np.newaxis]))
    gradient = start.gradient.numpy()[0].astype(np.float64)
    assert np.isfinite(gradient).all()
    random = np.random.default_rng(0)
    directions = [gradient / np.linalg.norm(gradient), *(random.normal(0, 1, (4, 14, 12, 3)))]
    for direction in directions:
        direction = direction / np.linalg.norm(direction)
        step = 0.25  # of a picture of 0..255, spread over 504 values
        up, down = (
            float(objective(tf.constant((picture + sign * step * direction)[np.newaxis], tf.float32)).total)
            for sign in (1, -1)
        )
        slope = (up - down) / (2 * step)
        assert slope == pytest.approx((gradient * direction).sum(), abs=0.01 * np.linalg.norm(gradient))
    steepest = (gradient * directions[0]).sum()
    assert steepest == pytest.approx(np.linalg.norm(gradient))


def test_parts_of_weight_zero_are_left_out(tiny_network, scene):
    content, style = scene(16, 16, 1), scene(16, 16, 2)
    picture = tf.constant(scene(16, 16, 3)[np.newaxis])
    for zero, asked in (
        ("content_weight", [["conv1_1", "conv2_1"]] * 2),
        ("style_weight", [["conv1_2", "conv2_2"]] * 2),
        (None, [["conv1_2", "conv2_2"], ["conv1_1", "conv2_1"], ["conv1_2", "conv2_2", "conv1_1", "conv2_1"]]),
    ):
        network = Asked(tiny_network)
        found = build_objective(network, content, [style], settings(**({zero: 0} if zero else {})))(picture)
        assert network.layers == asked
        parts = {"content_weight": found.content, "style_weight": found.style}
        assert [name for name, part in parts.items() if float(part) == 0] == ([zero] if zero else [])
    network = Asked(tiny_network)
    only_tv = build_objective(network, content, [style], settings(content_weight=0, style_weight=0))(picture)
    assert network.layers == []
    assert float(only_tv.total) == float(only_tv.tv) > 0
    assert float(tf.norm(only_tv.gradient)) > 0


def test_blended_targets_are_the_weighted_mean(tiny_network, scene):
    one, two = scene(16, 16, 1), scene(20, 16, 2)

    def targets(styles, **changes):
        return [term.target for term in style_terms(tiny_network, styles, settings(**changes), (16, 16))]

    blended = targets([one, two], style_blend_weights=[1, 3])
    evenly = targets([one, two])
    for first, second, mixed, even in zip(targets([one]), targets([two]), blended, evenly, strict=True):
        np.testing.assert_allclose(mixed, 0.25 * first + 0.75 * second, rtol=1e-5)
        np.testing.assert_allclose(even, 0.5 * (first + second), rtol=1e-5)


def test_at_the_target_itself_content_and_style_vanish(tiny_network, scene):
    content = scene(16, 18, 1)
    objective = build_objective(tiny_network, content, [content], settings(tv_weight=0))
    found = objective(tf.constant(content[np.newaxis]))
    assert float(found.total) == pytest.approx(0, abs=1e-6)
    assert float(objective(tf.constant(scene(16, 18, 2)[np.newaxis])).total) > 1
