"""Judging a trained model on pictures that it was not trained on, beside what costs nothing to make.

Everything is judged as it would be written: resized to the side of the training, in 8 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aiart.datasets.folders import open_pairs, open_pictures
from aiart.errors import UserError
from aiart.params.training import Evaluation
from aiart.translation import metrics
from aiart.translation.features import Features
from aiart.translation.model_file import Model
from aiart.translation.translate import from_network, noise_seed, to_network

# Training pictures that the mean picture and the comparison with real pictures are made of, at most.
TRAINING_PICTURES = 200
AGAINST_TRUTH = {"l1": metrics.l1, "psnr": metrics.psnr, "ssim": metrics.ssim}


@dataclass(frozen=True)
class Shown:
    """A held-out picture for the grid: uint8 pictures by what they are, and its row of figures."""

    row: dict[str, Any]
    pictures: dict[str, np.ndarray]


@dataclass
class Judgement:
    """measured: figures, nested by what they are about; None stands for what cannot be computed or is infinite.
    rows: figures of each picture. shown: pictures for the grid by direction."""

    measured: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, list[Shown]] = field(default_factory=dict)


def evaluate_pix2pix(
    model: Model, folder: str | Path, settings: Evaluation, features: Features, *, seed: int
) -> Judgement:
    """Judge by the truth: L1 in grey levels, PSNR in dB and SSIM of each held-out pair, KID and FID of all.

    Beside the generated pictures stand, by the same figures, the source itself and the mean of up to 200
    training targets, which any useful model must beat; and by KID and FID as many real training targets, which
    a perfect one would equal. Raises UserError when the dataset is not one of pairs.
    """
    side, direction = model.settings.image_side, model.directions[0]
    of_source, of_target = (0, 1) if direction == "a_to_b" else (1, 0)
    held_out, training = open_pairs(folder, "test"), open_pairs(folder, "train")
    places = spread(len(held_out), settings.picture_limit or len(held_out))
    shown = set(spread(len(places), settings.pictures))
    seen = _look_at_training(len(training), len(places), lambda i: training.load(i, side)[of_target], features)
    judgement, vectors = Judgement(shown={direction: []}), {"generated": [], "truth": [], "source": []}
    for place, index in enumerate(tqdm(places, desc="held-out pairs", unit="pair", disable=None)):
        pair, name = held_out.load(index, side), held_out.names[index]
        source, truth = pair[of_source], pair[of_target]
        noise = noise_seed(seed, name) if settings.dropout else None
        generated = _bytes(model.translate(to_network(source), direction, noise))
        pictures = {"generated": generated, "truth": truth, "source": source}
        row = {"picture": name, **_row(truth, generated, source, seen.mean)}
        judgement.rows.append(row)
        if place in shown:
            judgement.shown[direction].append(Shown(row, pictures))
        for kind, picture in pictures.items():
            vectors[kind].append(features.of(picture))
    truth = np.array(vectors.pop("truth"))
    distances = _distances({**vectors, "training_pictures": seen.vectors}, truth, features)
    judgement.measured = {
        "pictures": len(places),
        **_means(judgement.rows, AGAINST_TRUTH),
        **distances["generated"],
        "source": _means(judgement.rows, AGAINST_TRUTH, "source_") | distances["source"],
        "mean_picture": _means(judgement.rows, AGAINST_TRUTH, "mean_picture_"),
        "training_pictures": distances["training_pictures"],
        "features": _described(features, side),
    }
    return judgement


def evaluate_cyclegan(model: Model, folder: str | Path, settings: Evaluation, features: Features) -> Judgement:
    """Judge without pairs, in both directions; for a → b, with the held-out pictures of both domains:

    - `cycle_l1`: mean absolute difference, in grey levels, of a → b → a from a. Near 0 also when nothing is
      changed, so `change_l1`, of a → b from a, belongs to it. `mean_picture_l1` is how far the mean of up to 200
      training pictures of a is from a: what remains when the cycle forgets which picture it was.
    - `identity_l1`: what a → b changes in pictures that are b already.
    - `kid`, `fid`: of a → b from real b; `untranslated` the same for a itself, where the translation starts, and
      `training_pictures` for as many real training pictures of b, where it should end.
    - `diversity_ratio`: see `metrics.diversity_ratio`.

    Raises UserError when the model lacks a direction or the dataset a domain.
    """
    if set(model.directions) != {"a_to_b", "b_to_a"}:
        raise UserError(f"the model translates only {model.directions[0]}, so it has no cycle; train it both ways.")
    tours = {
        "a_to_b": _tour(model, folder, "A", ("a_to_b", "b_to_a"), settings, features),
        "b_to_a": _tour(model, folder, "B", ("b_to_a", "a_to_b"), settings, features),
    }
    judgement = Judgement(
        rows=[row for tour in tours.values() for row in tour.rows],
        shown={direction: tour.shown for direction, tour in tours.items()},
    )
    for direction, other in (("a_to_b", "b_to_a"), ("b_to_a", "a_to_b")):
        # The pictures that a → b is to make are those that b → a starts from.
        start, goal = tours[direction], tours[other]
        sets = {"translated": start.translated, "untranslated": start.real, "training_pictures": goal.training}
        distances = _distances(sets, goal.real, features)
        judgement.measured[direction] = {
            "pictures": len(start.rows),
            **_means(start.rows, ["cycle_l1", "change_l1", "mean_picture_l1"]),
            **_means(goal.rows, ["identity_l1"]),
            "diversity_ratio": _finite(start.diversity_ratio),
            **distances.pop("translated"),
            **distances,
        }
    judgement.measured["features"] = _described(features, model.settings.image_side)
    return judgement


@dataclass(frozen=True)
class _Tour:
    """The held-out pictures of one domain, there and back. real, translated, training: features (n, channels)."""

    rows: list[dict[str, Any]]
    shown: list[Shown]
    diversity_ratio: float
    real: np.ndarray
    translated: np.ndarray
    training: np.ndarray


def _tour(model, folder, domain: str, directions: tuple[str, str], settings, features) -> _Tour:
    side, (there, back) = model.settings.image_side, directions
    held_out, training = open_pictures(folder, domain, "test"), open_pictures(folder, domain, "train")
    places = spread(len(held_out), settings.picture_limit or len(held_out))
    in_grid = set(spread(len(places), settings.pictures))
    seen = _look_at_training(len(training), len(places), lambda i: training.load(i, side), features)
    sources, translated = (np.empty((len(places), side, side, 3), np.uint8) for _ in range(2))
    rows, shown = [], []
    for place, index in enumerate(tqdm(places, desc=f"held-out {domain}", unit="picture", disable=None)):
        source, name = held_out.load(index, side), held_out.names[index]
        # The way back starts from what the network made, unrounded, as in training.
        made = model.translate(to_network(source), there)
        pictures = {
            "real": source,
            "translated": _bytes(made),
            "reconstructed": _bytes(model.translate(made, back)),
            "identity": _bytes(model.translate(to_network(source), back)),
        }
        sources[place], translated[place] = source, pictures["translated"]
        compared = {
            "change": pictures["translated"],
            "cycle": pictures["reconstructed"],
            "identity": pictures["identity"],
            "mean_picture": seen.mean,
        }
        figures = {f"{kind}_l1": metrics.l1(source, picture) for kind, picture in compared.items()}
        row = {"domain": domain, "picture": name, **figures}
        rows.append(row)
        if place in in_grid:
            shown.append(Shown(row, pictures))
    ratio = metrics.diversity_ratio(translated, sources)
    return _Tour(rows, shown, ratio, features(sources), features(translated), seen.vectors)


@dataclass(frozen=True)
class _Training:
    """What training pictures of one kind are like: their mean in 8 bits, and the features (n, channels) of some."""

    mean: np.ndarray
    vectors: np.ndarray


def _look_at_training(count: int, sample: int, load: Callable[[int], np.ndarray], features: Features) -> _Training:
    """Look at up to 200 of `count` training pictures, and at the features of up to `sample` of these."""
    places = spread(count, TRAINING_PICTURES)
    sampled = set(spread(len(places), sample))
    total, vectors = 0.0, []
    for place, index in enumerate(places):
        picture = load(index)
        total = total + picture.astype(np.float64)
        if place in sampled:
            vectors.append(features.of(picture))
    return _Training(np.rint(total / len(places)).astype(np.uint8), np.array(vectors))


def spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of the numbers 0 … count − 1, evenly spread, so that no one part of a sorted folder counts."""
    wanted = min(count, wanted)
    return [place * count // wanted for place in range(wanted)]


def _bytes(batch: np.ndarray) -> np.ndarray:
    return np.rint(from_network(batch)).astype(np.uint8)


def _row(truth: np.ndarray, generated: np.ndarray, source: np.ndarray, mean: np.ndarray) -> dict[str, float]:
    """The figures of one picture, and of what costs nothing to make."""
    compared = {"": generated, "source_": source, "mean_picture_": mean}
    return {
        f"{kind}{name}": figure(truth, picture)
        for kind, picture in compared.items()
        for name, figure in AGAINST_TRUTH.items()
    }


def _distances(sets: Mapping[str, Sequence], real: np.ndarray, features: Features) -> dict[str, dict[str, Any]]:
    """FID, and KID with its standard error, of each set from the real pictures, with both numbers of pictures."""
    scale = math.sqrt(np.mean(real**2)) if features.unit_scale else 1.0
    found = {}
    for kind, vectors in sets.items():
        vectors = np.array(vectors)
        kid, kid_error = metrics.kernel_distance(vectors / scale, real / scale)
        found[kind] = {
            "kid": _finite(kid),
            "kid_error": _finite(kid_error),
            "fid": _finite(metrics.frechet_distance(vectors / scale, real / scale)),
            "n": len(vectors),
            "n_real": len(real),
        }
    return found


def _described(features: Features, side: int) -> dict[str, Any]:
    """What KID and FID were taken over."""
    return {
        "network": features.network,
        "layer": features.layer,
        "side": features.side or side,
        "resize": f"bicubic to {side} px" + (f", bicubic to {features.side} px" if features.side else ""),
        "scale": "root mean square on the real pictures" if features.unit_scale else "none",
    }


def _means(rows: Sequence[dict[str, Any]], figures: Iterable[str], prefix: str = "") -> dict[str, float | None]:
    return {figure: _finite(float(np.mean([row[prefix + figure] for row in rows]))) for figure in figures}


def _finite(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None
