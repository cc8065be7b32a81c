"""What judging has in common, whatever the method: pictures that a model was not trained on, beside what costs
nothing to make.

Everything is judged as it would be written: resized to the side of the training, in 8 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiart.translation import metrics
from aiart.translation.features import Features
from aiart.translation.model_file import Model
from aiart.translation.sliced_wasserstein import project, sliced_distance, sliced_distances_without

# Training pictures that the mean picture and the comparison with real pictures are made of, at most.
TRAINING_PICTURES = 200
# Pictures of a set that the sliced Wasserstein distance looks at, at most: its memory grows with them.
SLICED_PICTURES = 200
# Standard errors by which a translation must be nearer than its input to beat it.
BEATS = 2
# Pixels of a picture's longer side in a grid.
CELL_SIDE = 256


# What each network that judges sees in a picture: its features, (channels,).
Vectors = list[np.ndarray]


@dataclass(frozen=True)
class Shown:
    """A held-out picture for the grid: uint8 pictures by what they are, and its row of figures."""

    row: dict[str, Any]
    pictures: dict[str, np.ndarray]


@dataclass
class Judgement:
    """measured: figures, nested by what they are about; None stands for what cannot be computed or is infinite.
    rows: figures of each picture. shown: pictures for the grid by direction; `made` and `made_from` name two of each,
    the model's and what it was given. judges: what KID and FID are taken over."""

    made: str
    made_from: str
    judges: Sequence[Features] = ()
    measured: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, list[Shown]] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenTraining:
    """What training pictures of one kind are like: their mean in 8 bits; some of them, uint8 (n, S, S, 3), and what
    judges see in each."""

    mean: np.ndarray
    pictures: np.ndarray
    vectors: list[Vectors]


def look_at_training(
    count: int, sample: int, load: Callable[[int], np.ndarray], judges: Sequence[Features]
) -> SeenTraining:
    """Look at up to 200 of `count` training pictures, and at the features of up to `sample` of these."""
    places = spread(count, TRAINING_PICTURES)
    sampled = set(spread(len(places), sample))
    total, pictures, vectors = 0.0, [], []
    for place, index in enumerate(places):
        picture = load(index)
        total = total + picture.astype(np.float64)
        if place in sampled:
            pictures.append(picture)
            vectors.append(look(picture, judges))
    return SeenTraining(np.rint(total / len(places)).astype(np.uint8), np.array(pictures), vectors)


def spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of the numbers 0 … count − 1, evenly spread, so that no one part of a sorted folder counts."""
    wanted = min(count, wanted)
    return [place * count // wanted for place in range(wanted)]


def look(picture: np.ndarray, judges: Sequence[Features]) -> Vectors:
    """What each judge sees in a picture (H, W, 3) in 0..255."""
    return [features.of(picture) for features in judges]


def suffixes(judges: Sequence[Features]) -> dict[str, Features]:
    """The judges by the end of their figures' names: none for the first, so that names stay where another is added."""
    return {f"_{features.network}" if number else "": features for number, features in enumerate(judges)}


def scaled(
    sets: Mapping[str, Sequence[Vectors]], real: Sequence[Vectors], judges: Sequence[Features]
) -> Iterator[tuple[str, dict[str, np.ndarray], np.ndarray]]:
    """For each judge the end of its figures' names, and the features (n, channels) that distances are taken between: of
    each set, and of the real pictures. `Features.unit_scale` says why they are divided."""
    for place, (suffix, features) in enumerate(suffixes(judges).items()):
        truth = np.array([vectors[place] for vectors in real])
        scale = math.sqrt(np.mean(truth**2)) if features.unit_scale else 1.0
        seen = {kind: np.array([of_picture[place] for of_picture in vectors]) for kind, vectors in sets.items()}
        yield suffix, {kind: vectors / scale for kind, vectors in seen.items()}, truth / scale


def distances_from(
    sets: Mapping[str, Sequence[Vectors]], real: Sequence[Vectors], judges: Sequence[Features]
) -> dict[str, dict[str, Any]]:
    """FID, and KID with its standard error, of each set from the real pictures by each judge, with both numbers of
    pictures."""
    found = {kind: {"n": len(vectors), "n_real": len(real)} for kind, vectors in sets.items()}
    for suffix, seen, truth in scaled(sets, real, judges):
        for kind, vectors in seen.items():
            kid, kid_error = metrics.kernel_distance(vectors, truth)
            found[kind] |= {
                f"kid{suffix}": finite(kid),
                f"kid_error{suffix}": finite(kid_error),
                f"fid{suffix}": finite(metrics.frechet_distance(vectors, truth)),
            }
    return found


def sliced_distances(
    sets: Mapping[str, np.ndarray], real: np.ndarray
) -> tuple[dict[str, dict[str, float | None]], dict[str, np.ndarray]]:
    """Sliced Wasserstein distance and its standard error of each set of pictures (n, S, S, 3) from the real ones, over
    as many of each as the smallest set has, up to 200; and each set's distances without blocks of pictures."""
    count = min(SLICED_PICTURES, len(real), *map(len, sets.values()))
    goal = project(real[spread(len(real), count)])
    found, without = {}, {}
    for kind, pictures in sets.items():
        seen = project(pictures[spread(len(pictures), count)])
        without[kind] = sliced_distances_without(seen, goal)
        error = metrics.jackknife_error(without[kind])
        found[kind] = {"swd": finite(sliced_distance(seen, goal)), "swd_error": finite(error)}
    return found, without


def gained(gain: float, error: float) -> dict[str, float | None]:
    """How much nearer than its input a translation is, and by how many standard errors of that."""
    return {
        "gain": finite(gain),
        "error": finite(error),
        "standard_errors": finite(gain / error) if error > 0 else None,
    }


def beats_text(gains: Mapping[str, Mapping[str, Any]]) -> str:
    """Whether a translation beats its input, by each distance, as one sentence."""

    def by(name: str, figures: Mapping[str, Any]) -> str:
        distance, _, network = name.partition("_")
        told = f"by {distance.upper()}{' over ' if network else ''}{network}"
        errors = figures["standard_errors"]
        if errors is None:
            return f"{told} –"
        return f"{told} {'yes' if errors >= BEATS else 'no'}, {figure_text(errors, '+.1f')} standard errors"

    return f"Beats the untranslated picture: {'; '.join(by(name, gain) for name, gain in gains.items())}."


def described(judges: Sequence[Features], side: int) -> dict[str, dict[str, Any]]:
    """What KID and FID were taken over."""
    return {
        f"features{suffix}": {
            "network": features.network,
            "layer": features.layer,
            "side": features.side or side,
            "resize": f"bicubic to {side} px" + (f", bicubic to {features.side} px" if features.side else ""),
            "scale": "root mean square on the real pictures" if features.unit_scale else "none",
        }
        for suffix, features in suffixes(judges).items()
    }


def means(rows: Sequence[dict[str, Any]], figures: Iterable[str], prefix: str = "") -> dict[str, float | None]:
    return {figure: finite(float(np.mean([row[prefix + figure] for row in rows]))) for figure in figures}


def finite(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None


def draw_strip(judgement: Judgement, kind: str) -> np.ndarray:
    """The grid's pictures of one kind under each other: one column of a sweep's grid."""
    shown = [picture for of_direction in judgement.shown.values() for picture in of_direction]
    return np.concatenate([picture.pictures[kind] for picture in shown]).astype(np.float32)


def describe_training(model: Model, dataset: str) -> str:
    """How a model was trained, and on what it was judged, as one sentence."""
    if "imported" in model.facts:
        return f"Trained by others; judged on held-out pictures of {dataset}."
    best = f", the best of them at step {model.facts['best_step']:,}" if "best_step" in model.facts else ""
    epochs = f"{model.settings.epochs} epochs" if model.settings.epochs > 1 else "1 epoch"
    until = [f"{noted['until']['step']:,}" for noted in model.facts.get("adopted", [])]
    other = f", with other code up to step {' and '.join(until)}" if until else ""
    return (
        f"Trained at {model.settings.image_side} px for {epochs} "
        f"({model.facts['steps']:,} steps{best}{other}); judged on held-out pictures of {dataset}."
    )


def kids_text(figures: Mapping[str, Any], compared: Mapping[str, Mapping[str, Any]], judges: Sequence[Features]) -> str:
    """KID by every judge, each beside that of what it is compared with, for a caption."""
    return "; ".join(
        f"over {features.network} {features.layer} {kid_text(figures, suffix)} ("
        + ", ".join(f"{name} {kid_text(others, suffix)}" for name, others in compared.items())
        + ")"
        for suffix, features in suffixes(judges).items()
    )


def kid_text(figures: Mapping[str, Any], suffix: str = "") -> str:
    """KID with its standard error, for a caption."""
    return with_error(figures, "kid", ".3g", suffix)


def swd_text(figures: Mapping[str, Any]) -> str:
    """Sliced Wasserstein distance with its standard error, for a caption."""
    return with_error(figures, "swd", ".1f")


def with_error(figures: Mapping[str, Any], name: str, form: str, suffix: str = "") -> str:
    """A figure with its standard error, for a caption."""
    error = figures[f"{name}_error{suffix}"]
    return figure_text(figures[f"{name}{suffix}"], form) + ("" if error is None else f" ± {figure_text(error, '.2g')}")


def figure_text(value: float | None, form: str) -> str:
    """A figure for a caption."""
    return "–" if value is None else format(value, form).replace("-", "−")
