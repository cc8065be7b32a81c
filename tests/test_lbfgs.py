"""L-BFGS over pixels: its recursion against the matrices of the books, and its paintings against SciPy's."""

import contextlib
import itertools
import statistics

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from aiart.datasets.paintings import paint as paint_style
from aiart.datasets.photographs import load_photograph
from aiart.images import resize_exact
from aiart.networks.registry import load_network
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer import paint as painting
from aiart.style_transfer.lbfgs import Pairs, lbfgs, two_loop
from aiart.style_transfer.objective import Evaluation
from aiart.style_transfer.optimizers import Enough
from aiart.style_transfer.paint import paint

RANDOM = np.random.default_rng(3)


def inverse_hessian(steps, changes):
    """H of BFGS updates from γ·I (Nocedal and Wright, 7.16 to 7.20)."""
    inverse = np.eye(steps.shape[1]) * (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for step, change in zip(steps, changes, strict=True):
        left = np.eye(len(step)) - np.outer(step, change) / (step @ change)
        inverse = left @ inverse @ left.T + np.outer(step, step) / (step @ change)
    return inverse


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_the_recursion_is_that_of_the_matrices_when_pairs_come_and_go(count):
    """Seven pairs through a history of four."""
    half = RANDOM.normal(size=(12, 12))
    hessian = half @ half.T + np.eye(12)
    steps, gradients = RANDOM.normal(size=(count, 12)), RANDOM.normal(size=(count, 12))
    changes = steps @ hessian
    pairs = Pairs(4, 12)
    for vectors in zip(steps, changes, gradients, strict=True):
        rows = pairs.add(*(tf.constant(vector, tf.float32) for vector in vectors))
    coefficients, slope = pairs.direction(reach=1.0)
    expected = -inverse_hessian(steps[-4:], changes[-4:]) @ gradients[-1]
    np.testing.assert_allclose(np.array(coefficients) @ rows.numpy(), expected, rtol=1e-3, atol=1e-4)
    assert slope == pytest.approx(expected @ gradients[-1], rel=1e-3)


def test_pairs_without_curvature_are_not_kept():
    pairs, one, other = Pairs(2, 2), tf.constant([1.0, 0.0]), tf.constant([0.0, 1.0])
    for change in (-one, other, 0 * one):
        pairs.add(one, change, other)
        assert pairs.kept == []
        assert pairs.direction(reach=3.0)[0][-1] == -3
    pairs.add(one, one, other)
    assert pairs.kept == [0]
    assert two_loop(pairs.products, pairs.kept) == [0, 0, 0, 0, -1]


def bowl(centre, curvatures, size=1.0):
    def evaluate(picture):
        offset = picture - centre
        total = tf.reduce_sum(curvatures * offset**2) / 2 * size
        return Evaluation(total, total, total, total, curvatures * offset * size)

    return evaluate


@pytest.mark.parametrize("size", [1e-25, 1.0, 1e25])
def test_a_bowl_whose_lowest_point_lies_beyond_the_bounds_is_solved_within_them(size):
    centre = RANDOM.uniform(-100, 355, (1, 4, 5, 3)).astype(np.float32)
    curvatures = RANDOM.uniform(0.01, 1, centre.shape).astype(np.float32)
    seen = []

    def observe(picture, evaluation):
        assert 0 <= picture.numpy().min() <= picture.numpy().max() <= 255
        seen.append((float(evaluation.total), picture.numpy()))
        return seen[-1][0]

    lbfgs(bowl(centre, curvatures, size), np.full(centre.shape, 128, np.float32), 60, 10, observe)
    lowest = np.clip(centre, 0, 255)
    loss, picture = min(seen, key=lambda s: s[0])
    assert loss == pytest.approx(float(bowl(centre, curvatures, size)(tf.constant(lowest)).total), rel=1e-4)
    np.testing.assert_allclose(picture, lowest, atol=1.0)


def test_a_loss_that_leaps_is_walked_down():
    """A gradient that says nothing of the wall beside the valley."""

    def evaluate(picture):
        offset = picture - 100
        wall = tf.where(tf.abs(offset) > 20, 1e6, 0.0)
        total = tf.reduce_sum(offset**2 + wall)
        return Evaluation(total, total, total, total, 2 * offset)

    losses = []

    def observe(picture, evaluation):
        losses.append(float(evaluation.total))
        return losses[-1]

    lbfgs(evaluate, np.full((1, 3, 3, 3), 118, np.float32), 30, 5, observe)
    assert min(losses) < 1e-3 * losses[0]


# Beside SciPy's

LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1"]
WEIGHTS = (
    {},
    {"style_weight": 1e9},
    {"style_weight": 1e2},
    {"content_weight": 0},
    {"tv_weight": 1e4},
    {"tv_weight": 0},
)
STARTS = ({}, {"init": "noise"}, {"init": "style"}, {"init_noise": 0.3})
OTHERS = (
    {"precision": "bfloat16"},
    {"style_layers": ["conv1_1"]},
    {"style_layers": LAYERS, "style_layer_weights": "geometric"},
    {"content_layers": "conv1_2"},
    {"content_layers": "conv4_2"},
    {"gram_normalization": "documents", "style_weight": 1e-3},
    {"gram_normalization": "elements", "style_weight": 1e3},
    {"pooling": "avg"},
    {"tv_form": "squared", "tv_weight": 1e3},
    {"long_side": 17},
    {"pyramid": [{"scale": 0.6, "iterations": 30}]},
    {"style_weight": 1e-12, "content_weight": 1e-18, "tv_weight": 0},
    {"style_weight": 1e18, "content_weight": 1e15},
)
GRID = [
    *({**weights, **start} for weights, start in itertools.product(WEIGHTS, STARTS)),
    *({**other, **start} for other, start in itertools.product(OTHERS, STARTS[:2])),
]


def scipys(objective, start, iterations, settings, plan, observe, *_):
    """The minimiser that this one took the place of, as `paint` calls one."""
    shape, count = start.shape, 0

    def found(flat):
        nonlocal count
        if count == iterations:
            raise Enough
        count += 1
        picture = tf.constant(flat.reshape(shape), tf.float32)
        evaluation = objective(picture)
        return observe(picture, evaluation) * scale, evaluation.gradient.numpy().ravel().astype(np.float64) * scale

    gradient = objective(tf.constant(start, tf.float32)).gradient.numpy().astype(np.float64)
    scale = start.size**0.5 / np.linalg.norm(gradient)
    with contextlib.suppress(Enough):
        scipy.optimize.minimize(
            found,
            start.ravel().astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            bounds=scipy.optimize.Bounds(0.0, 255.0),
            options={"maxcor": 20, "maxfun": 10**9, "maxiter": 10**9, "ftol": 0.0, "gtol": 0.0},
        )


@pytest.fixture
def beside_scipy(monkeypatch):
    """`beside_scipy(settings)`: histories of a painting of 48 px by ours and by SciPy's."""
    content = resize_exact(load_photograph("chelsea"), 48, 48)
    style = resize_exact(paint_style("starry_flow", height=128, width=128, seed=1), 48, 48)

    def compare(changes):
        settings = StyleTransfer(
            **{
                "content_layers": "conv3_2",
                "style_layers": LAYERS[:3],
                "style_statistic": "gram",
                "content_weight": 1,
                "long_side": 48,
                "iterations": 60,
                **changes,
            }
        )
        layers = [*settings.content_layer_weights, *settings.style_layer_list]
        network = load_network(settings.network, layers, pooling=settings.pooling, precision=settings.precision)
        ours = paint(network, content, [style], settings, seed=1)
        with monkeypatch.context() as patched:
            patched.setattr(painting, "minimise", scipys)
            theirs = paint(network, content, [style], settings, seed=1)
        return ours.history, theirs.history

    return compare


def assert_as_low_as_scipys(histories):
    """In the median; and each no higher than where its full size began."""
    ratios = []
    for changes, ours, theirs in histories:
        last = ours[ours.level == ours.level.max()].total
        assert last.min() <= last.iloc[0], changes
        assert len(ours) >= len(theirs), changes
        ratios.append(last.min() / theirs[theirs.level == theirs.level.max()].total.min())
    assert statistics.median(ratios) < 1.02, ratios


def test_paintings_reach_the_loss_of_scipys_minimiser_in_as_many_evaluations(beside_scipy):
    assert_as_low_as_scipys([(changes, *beside_scipy(changes)) for changes in GRID[::12]])


@pytest.mark.slow
def test_fifty_settings_reach_the_loss_of_scipys_minimiser_in_as_many_evaluations(beside_scipy):
    assert len(GRID) == 50
    assert_as_low_as_scipys([(changes, *beside_scipy(changes)) for changes in GRID])
