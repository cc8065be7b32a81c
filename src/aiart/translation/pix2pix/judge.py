"""Judging Pix2Pix by the true pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aiart.datasets.folders import open_pairs
from aiart.gallery import draw_grid
from aiart.params.training import Evaluation
from aiart.translation import metrics
from aiart.translation.features import Features
from aiart.translation.judging import (
    CELL_SIDE,
    Judgement,
    Shown,
    described,
    distances_from,
    figure_text,
    kids_text,
    look,
    look_at_training,
    means,
    spread,
)
from aiart.translation.model_file import Model
from aiart.translation.translate import noise_seed
from aiart.translation.value_range import to_bytes, to_network

AGAINST_TRUTH = {"l1": metrics.l1, "psnr": metrics.psnr, "ssim": metrics.ssim}


def judge(model: Model, folder: str | Path, settings: Evaluation, judges: Sequence[Features], seed: int) -> Judgement:
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
    seen = look_at_training(len(training), len(places), lambda i: training.load(i, side)[of_target], judges)
    judgement, vectors = (
        Judgement("generated", "source", judges, shown={direction: []}),
        {"generated": [], "truth": [], "source": []},
    )
    for place, index in enumerate(tqdm(places, desc="held-out pairs", unit="pair", disable=None)):
        pair, name = held_out.load(index, side), held_out.names[index]
        source, truth = pair[of_source], pair[of_target]
        noise = noise_seed(seed, name) if settings.dropout else None
        generated = to_bytes(model.translate(to_network(source[np.newaxis]), direction, noise)[0])
        pictures = {"generated": generated, "truth": truth, "source": source}
        row = {"picture": name, **_row(truth, generated, source, seen.mean)}
        judgement.rows.append(row)
        if place in shown:
            judgement.shown[direction].append(Shown(row, pictures))
        for kind, picture in pictures.items():
            vectors[kind].append(look(picture, judges))
    truth = vectors.pop("truth")
    distances = distances_from({**vectors, "training_pictures": seen.vectors}, truth, judges)
    judgement.measured = {
        "pictures": len(places),
        **means(judgement.rows, AGAINST_TRUTH),
        **distances["generated"],
        "source": means(judgement.rows, AGAINST_TRUTH, "source_") | distances["source"],
        "mean_picture": means(judgement.rows, AGAINST_TRUTH, "mean_picture_"),
        "training_pictures": distances["training_pictures"],
        **described(judges, side),
    }
    return judgement


def _row(truth: np.ndarray, generated: np.ndarray, source: np.ndarray, mean: np.ndarray) -> dict[str, float]:
    """The figures of one picture, and of what costs nothing to make."""
    compared = {"": generated, "source_": source, "mean_picture_": mean}
    return {
        f"{kind}{name}": figure(truth, picture)
        for kind, picture in compared.items()
        for name, figure in AGAINST_TRUTH.items()
    }


def draw_page(judgement: Judgement, title: str, caption: str, domains: Sequence[str]) -> np.ndarray:
    """Held-out pictures as rows of generated, truth and input. domains: not named, since there is one direction."""
    (shown,) = judgement.shown.values()
    return draw_grid(
        [[picture.pictures[kind] for kind in ("generated", "truth", "source")] for picture in shown],
        column_labels=["generated", "truth", "input"],
        row_labels=[picture.row["picture"] for picture in shown],
        cell_notes=[[f"SSIM {picture.row['ssim']:.2f}", "", ""] for picture in shown],
        title=title,
        caption=caption,
        cell_long_side=CELL_SIDE,
    )


def describe(judgement: Judgement, domains: Sequence[str]) -> list[str]:
    """The figures that a model should be judged by, in lines of sentences. domains: not named."""
    measured = judgement.measured
    compared = {"the input itself": measured["source"], "real training pictures": measured["training_pictures"]}
    return [
        f"Means of {measured['pictures']} pictures: {_against_truth(measured)}. The input itself: "
        f"{_against_truth(measured['source'])}; the mean training picture: {_against_truth(measured['mean_picture'])}.",
        f"KID {kids_text(measured, compared, judgement.judges)}.",
    ]


def _against_truth(figures: Mapping[str, Any]) -> str:
    return f"L1 {figure_text(figures['l1'], '.1f')}, SSIM {figure_text(figures['ssim'], '.2f')}"
