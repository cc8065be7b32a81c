"""Judging CycleGAN without pairs, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aiart.datasets.folders import Domain, Pictures, open_pictures, open_truth
from aiart.errors import UserError
from aiart.gallery import draw_grid
from aiart.params.training import Evaluation
from aiart.translation import metrics
from aiart.translation.features import Features
from aiart.translation.judging import (
    CELL_SIDE,
    Judgement,
    Shown,
    Vectors,
    beats_text,
    described,
    distances_from,
    figure_text,
    finite,
    gained,
    kids_text,
    look,
    look_at_training,
    means,
    scaled,
    sliced_distances,
    spread,
    swd_text,
    with_error,
)
from aiart.translation.model_file import Model
from aiart.translation.value_range import to_bytes, to_network

# Of the grid, from the top; `truth` where the dataset has one.
ROWS = ("real", "translated", "truth", "reconstructed", "identity")


def judge(model: Model, folder: str | Path, settings: Evaluation, judges: Sequence[Features], seed: int) -> Judgement:
    """Judge without pairs, in both directions; for a → b, with the held-out pictures of both domains:

    - `cycle_l1`: mean absolute difference, in grey levels, of a → b → a from a. Near 0 also when nothing is
      changed, so `change_l1`, of a → b from a, belongs to it. `mean_picture_l1` is how far the mean of up to 200
      training pictures of a is from a: what remains when the cycle forgets which picture it was.
    - `identity_l1`: what a → b changes in pictures that are b already.
    - `kid`, `fid`: of a → b from real b; `untranslated` the same for a itself, where the translation starts, and
      `training_pictures` for as many real training pictures of b, where it should end.
    - `swd`: the same by `sliced_wasserstein`, which rests on no network; over as many pictures as the smallest set has.
    - `against_untranslated`: how much nearer to real b the translations are than a itself, by KID and SWD.
    - `diversity_ratio`: see `metrics.diversity_ratio`.
    - `truth_l1`, `truth_ssim`: of a → b against the truth, where the dataset has one for a; `untranslated_truth_l1` and
      `untranslated_truth_ssim` the same for a itself.

    seed: without effect, since nothing is drawn. Raises UserError when the model lacks a direction or the dataset a
    domain.
    """
    if set(model.directions) != {"a_to_b", "b_to_a"}:
        raise UserError(f"the model translates only {model.directions[0]}, so it has no cycle; train it both ways.")
    truth_of_a, truth_of_b = (open_truth(folder, domain) for domain in ("A", "B"))
    tours = {
        "a_to_b": _tour(model, folder, "A", truth_of_a, ("a_to_b", "b_to_a"), settings, judges),
        "b_to_a": _tour(model, folder, "B", truth_of_b, ("b_to_a", "a_to_b"), settings, judges),
    }
    judgement = Judgement(
        "translated",
        "real",
        judges,
        rows=[row for tour in tours.values() for row in tour.rows],
        shown={direction: tour.shown for direction, tour in tours.items()},
    )
    for direction, other in (("a_to_b", "b_to_a"), ("b_to_a", "a_to_b")):
        # The pictures that a → b is to make are those that b → a starts from.
        start, goal = tours[direction], tours[other]
        sets = {"translated": start.translated, "untranslated": start.real, "training_pictures": goal.training}
        vectors = {kind: seen.vectors for kind, seen in sets.items()}
        distances = distances_from(vectors, goal.real.vectors, judges)
        sliced, without = sliced_distances({kind: seen.pictures for kind, seen in sets.items()}, goal.real.pictures)
        for kind, figures in sliced.items():
            distances[kind] |= figures
        gains = {
            f"kid{suffix}": gained(*metrics.kernel_gain(seen["translated"], seen["untranslated"], real))
            for suffix, seen, real in scaled(vectors, goal.real.vectors, judges)
        }
        swd_gain = sliced["untranslated"]["swd"] - sliced["translated"]["swd"]
        gains["swd"] = gained(swd_gain, metrics.jackknife_error(without["untranslated"] - without["translated"]))
        judgement.measured[direction] = {
            "pictures": len(start.rows),
            **means(start.rows, ["cycle_l1", "change_l1", "mean_picture_l1"]),
            **means(goal.rows, ["identity_l1"]),
            **_measured_by_truth(start.rows),
            "diversity_ratio": finite(start.diversity_ratio),
            **distances.pop("translated"),
            **distances,
            "against_untranslated": gains,
        }
    judgement.measured |= described(judges, model.settings.image_side)
    return judgement


@dataclass(frozen=True)
class _Seen:
    """Pictures, uint8 (n, S, S, 3), and what judges see in each."""

    pictures: np.ndarray
    vectors: list[Vectors]


@dataclass(frozen=True)
class _Tour:
    """The held-out pictures of one domain, there and back, and some that were trained on."""

    rows: list[dict[str, Any]]
    shown: list[Shown]
    diversity_ratio: float
    real: _Seen
    translated: _Seen
    training: _Seen


def _measured_by_truth(rows: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """The means of the figures against the truth, those of translations with their standard errors; empty where there
    is no truth."""
    if "truth_l1" not in rows[0]:
        return {}
    figures = ("truth_l1", "truth_ssim")
    errors = {f"{figure}_error": finite(metrics.mean_error([row[figure] for row in rows])) for figure in figures}
    return means(rows, figures) | errors | means(rows, [f"untranslated_{figure}" for figure in figures])


def _tour(
    model, folder, domain: Domain, truths: Pictures | None, directions: tuple[str, str], settings, judges
) -> _Tour:
    side, (there, back) = model.settings.image_side, directions
    held_out, training = open_pictures(folder, domain, "test"), open_pictures(folder, domain, "train")
    places = spread(len(held_out), settings.picture_limit or len(held_out))
    in_grid = set(spread(len(places), settings.pictures))
    seen = look_at_training(len(training), len(places), lambda i: training.load(i, side), judges)
    sources, translated = (np.empty((len(places), side, side, 3), np.uint8) for _ in range(2))
    rows, shown = [], []
    for place, index in enumerate(tqdm(places, desc=f"held-out {domain}", unit="picture", disable=None)):
        source, name = held_out.load(index, side), held_out.names[index]
        # The way back starts from what the network made, unrounded, as in training.
        made = model.translate(to_network(source[np.newaxis]), there)
        pictures = {
            "real": source,
            "translated": to_bytes(made[0]),
            "reconstructed": to_bytes(model.translate(made, back)[0]),
            "identity": to_bytes(model.translate(to_network(source[np.newaxis]), back)[0]),
        }
        sources[place], translated[place] = source, pictures["translated"]
        compared = {
            "change": pictures["translated"],
            "cycle": pictures["reconstructed"],
            "identity": pictures["identity"],
            "mean_picture": seen.mean,
        }
        figures = {f"{kind}_l1": metrics.l1(source, picture) for kind, picture in compared.items()}
        if truths is not None:
            truth = pictures["truth"] = truths.load(index, side)
            for prefix, picture in (("", pictures["translated"]), ("untranslated_", source)):
                figures |= {f"{prefix}truth_l1": metrics.l1(truth, picture)}
                figures |= {f"{prefix}truth_ssim": metrics.ssim(truth, picture)}
        row = {"domain": domain, "picture": name, **figures}
        rows.append(row)
        if not model.settings.lambda_identity:  # nothing was ever asked of it
            del pictures["identity"]
        if place in in_grid:
            shown.append(Shown(row, pictures))
    ratio = metrics.diversity_ratio(translated, sources)
    real, made = (
        _Seen(pictures, [look(picture, judges) for picture in pictures]) for pictures in (sources, translated)
    )
    return _Tour(rows, shown, ratio, real, made, _Seen(seen.pictures, seen.vectors))


def draw_page(judgement: Judgement, title: str, caption: str, domains: Sequence[str]) -> np.ndarray:
    """Two blocks, one for each direction, with held-out pictures as columns."""
    columns = max(len(shown) for shown in judgement.shown.values())
    blocks = []
    for number, (direction, shown) in enumerate(judgement.shown.items()):
        source, target = domains if direction == "a_to_b" else reversed(domains)
        # A domain with few held-out pictures leaves places blank, so that both blocks are equally wide.
        blank = columns - len(shown)
        kinds = [kind for kind in ROWS if kind in shown[0].pictures]
        blocks.append(
            draw_grid(
                [[picture.pictures[kind] for picture in shown] + [None] * blank for kind in kinds],
                column_labels=[picture.row["picture"] for picture in shown] + [""] * blank,
                row_labels=kinds,
                column_title=f"{source} → {target}",
                title=title if number == 0 else "",
                caption=caption if number == len(judgement.shown) - 1 else "",
                cell_long_side=CELL_SIDE,
            )
        )
    return np.concatenate(blocks)


def describe(judgement: Judgement, domains: Sequence[str]) -> list[str]:
    """The figures that a model should be judged by, in lines of sentences. domains: what to call a and b."""
    measured, (a, b) = judgement.measured, domains
    ways = [(a, b, measured["a_to_b"]), (b, a, measured["b_to_a"])]
    lines = [_way(source, target, figures, judgement.judges) for source, target, figures in ways]
    if any("identity" in picture.pictures for shown in judgement.shown.values() for picture in shown):
        lines.append("Identity: the picture through the other direction, which should leave it as it is.")
    return lines


def _way(source: str, target: str, figures: Mapping[str, Any], judges: Sequence[Features]) -> str:
    change, cycle, mean = (figure_text(figures[f"{kind}_l1"], ".1f") for kind in ("change", "cycle", "mean_picture"))
    compared = {"untranslated": figures["untranslated"], "real training pictures": figures["training_pictures"]}
    diversity = figure_text(figures["diversity_ratio"], ".2f")
    return (
        f"{source} → {target}, means of {figures['pictures']} pictures: changed by L1 {change}, reconstructed to L1 "
        f"{cycle} (the mean picture: {mean}), diversity {diversity} of the inputs'. {_truth_text(figures)}"
        f"KID to {target} {kids_text(figures, compared, judges)}. "
        f"SWD: {swd_text(figures)}; untranslated {swd_text(figures['untranslated'])}, "
        f"real training pictures {swd_text(figures['training_pictures'])}. "
        f"{beats_text(figures['against_untranslated'])}"
    )


def _truth_text(figures: Mapping[str, Any]) -> str:
    """How near to the truth translations are, beside what they were made from; nothing where there is no truth."""
    if "truth_l1" not in figures:
        return ""
    by = [
        f"{name} {with_error(figures, figure, form)} "
        f"(untranslated {figure_text(figures[f'untranslated_{figure}'], form)})"
        for name, figure, form in (("L1 to the truth", "truth_l1", ".1f"), ("SSIM", "truth_ssim", ".2f"))
    ]
    return f"{', '.join(by)}. "
