"""What each lever of a short CycleGAN training is worth: each alone, and all together, in about the same CPU time.

    python benchmarks/ablation.py --dataset data/prepared/synthetic_streets --folder ablation --output docs/ablation

Trains and judges every variant with every seed, as `aiart train` and `aiart evaluate` do, one after the other; what is
in `--folder` already is not trained again. Writes `<output>.csv`, prints a Markdown table of means over the seeds, with
half of the range between the least and the greatest.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
from common import markdown_table

NETWORKS = "vgg19_slim,googlenet_slim"
SMALL = {
    "image_side": 64, "generator_width": 24, "blocks": 3, "norm": "none", "upsampling": "resize", "receptive_field": 34,
    "validate_every": 0, "threads": 1, "discriminator_width": 32,
}  # fmt: skip
IDENTITY = {"identity_start": True}
AVERAGE = {"generator_average": 0.995}
FEATURES = {"discriminator": "features", "discriminator_width": 48}
HINGE = {
    "gan_loss": "hinge", "beta_2": 0.99, "generator_learning_rate": 4e-4, "discriminator_learning_rate": 4e-4
}  # fmt: skip
FINE = {"downsamplings": 1}
LIGHT = {"lambda_a": 5, "lambda_b": 5, "lambda_identity": 0, "pool_capacity": 0}
# Epochs that take about the CPU time of the whole set of levers.
VARIANTS = {
    "chosen": SMALL | IDENTITY | AVERAGE | FEATURES | HINGE | LIGHT | FINE | {"epochs": 12},
    "he": SMALL | {"epochs": 8},
    "identity": SMALL | IDENTITY | {"epochs": 8},
    "average": SMALL | AVERAGE | {"epochs": 8},
    "hinge": SMALL | HINGE | {"epochs": 8},
    "lambdas": SMALL | LIGHT | {"epochs": 11},
    "fine": SMALL | FINE | {"epochs": 8},
    "features": SMALL | FEATURES | {"epochs": 8},
    "features_hinge": SMALL | FEATURES | HINGE | {"epochs": 8},
}


def measure(variant: str, dataset: Path, folder: Path, seed: int) -> dict:
    """Figures and CPU-seconds of one training."""
    model, report, grid, seconds = (
        folder / f"{variant}.{dataset.name}.{seed}.{suffix}" for suffix in ("npz", "json", "png", "cpu")
    )
    if not report.exists():
        settings = VARIANTS[variant] | {"decay_epochs": VARIANTS[variant]["epochs"] // 2}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        given = ("--seed", seed, "--settings", json.dumps(settings))
        aiart("train", "cyclegan", "--dataset", dataset, "-o", model, *given)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.write_text(str(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        aiart("evaluate", model, "--dataset", dataset, "-o", report, "--grid", grid, "--network", NETWORKS)
    figures = json.loads(report.read_text())["measured"]
    row = {"variant": variant, "dataset": dataset.name, "seed": seed, "cpu_s": float(seconds.read_text())}
    for way in ("a_to_b", "b_to_a"):
        for name in ("kid", "kid_googlenet_slim", "swd", "truth_l1", "truth_ssim"):
            if name in figures[way]:
                row[f"{way}_{name}"] = figures[way][name]
        gains = figures[way]["against_untranslated"]
        row |= {f"{way}_{name}_won_by": gain["standard_errors"] for name, gain in gains.items()}
    return row


def aiart(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "aiart", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def over_seeds(rows: pd.DataFrame) -> list[dict]:
    """One row a variant: means, and half of the range; NaN where a dataset has no such figure."""
    numbers = rows.drop(columns=["seed"]).groupby(["dataset", "variant"], sort=False)
    mean, half = numbers.mean(), (numbers.max() - numbers.min()) / 2
    texts = {
        name: [f"{middle:.3g} ± {more:.2g}" for middle, more in zip(mean[name], half[name], strict=True)]
        for name in mean
    }
    return pd.DataFrame(texts, index=mean.index).reset_index().to_dict("records")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, nargs="+", required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where models and judgements are kept")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--output", default="docs/ablation")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        measure(variant, dataset, options.folder, seed)
        for dataset in options.dataset
        for seed in options.seeds
        for variant in options.variants
    ]
    found = pd.DataFrame(rows)
    found.to_csv(f"{options.output}.csv", index=False, float_format="%.5g", lineterminator="\n")
    print(markdown_table(over_seeds(found)))


if __name__ == "__main__":
    main()
