# Helper functions of the rules for Pix2Pix and CycleGAN.
def listed(*patterns):
    """Source files that a job depends on, as inputs: editing one reruns the jobs that use it, and no others."""
    found = {str(path) for pattern in patterns for path in Path("src/aiart").glob(pattern)}
    return sorted(found)


RUNS_TO_MAKE = {key: items_to_make(room) for key, room in TRAINING_ROOMS.items()}


def training_run(wildcards):
    return RUNS_TO_MAKE[wildcards.method][wildcards.run]


def training_dataset(wildcards):
    """The manifest of a training's dataset; its pictures lie in the folder of that name beside it."""
    return f"data/datasets/{training_run(wildcards).dataset}.tsv"


def training_code(wildcards):
    """Sources of one method, so that an edit of CycleGAN trains no Pix2Pix again."""
    of_method = {
        "pix2pix": ["translation/pix2pix.py", "networks/unet.py"],
        "cyclegan": ["translation/cyclegan.py", "translation/pool.py", "networks/resnet.py"],
    }
    shared = ["adam", "batches", "build", "losses", "model_file", "schedule", "trainer"]
    return listed(
        *[f"translation/{name}.py" for name in shared],
        *of_method[wildcards.method],
        "networks/convolutions.py",
        "networks/normalization.py",
        "networks/patchgan.py",
        "networks/precision.py",
        "datasets/folders.py",
        "images/*.py",
        "params/training.py",
        f"params/{wildcards.method}.py",
        "cli/train.py",
    )


def evaluation_code(wildcards):
    """Sources of the evaluation of one method."""
    of_method = {"pix2pix": "networks/unet.py", "cyclegan": "networks/resnet.py"}
    used = ["build", "evaluate", "features", "metrics", "model_file", "translate"]
    return listed(
        *[f"translation/{name}.py" for name in used],
        of_method[wildcards.method],
        "networks/convolutions.py",
        "networks/normalization.py",
        "networks/precision.py",
        "networks/registry.py",
        "networks/vgg*.py",
        "networks/weights.py",
        "datasets/folders.py",
        "images/*.py",
        "gallery/grid.py",
        "gallery/layout.py",
        "gallery/tables.py",
        "gallery/typesetting.py",
        "params/training.py",
        f"params/{wildcards.method}.py",
        "cli/evaluate.py",
        "cli/runtime.py",
    )


def training_options(wildcards):
    """Dataset, seed and settings of one training. All cells of a sweep share their seed, so that only the
    swept setting differs."""
    run = training_run(wildcards)
    learnt_with = TRAINING_ROOMS[wildcards.method].settings_model.model_fields
    return options(
        dataset=f"data/datasets/{run.dataset}",
        seed=derive_seed(PARAMS.seed, wildcards.method, *wildcards.run.split("/")[:2]),
        settings=run.model_dump(include=set(learnt_with)),
    )


def evaluation_options(wildcards):
    run = training_run(wildcards)
    named = {"domains": run.domains} if wildcards.method == "cyclegan" else {}
    return options(
        dataset=f"data/datasets/{run.dataset}",
        seed=derive_seed(PARAMS.seed, "evaluation"),
        settings=TRAINING_ROOMS[wildcards.method].evaluation.model_dump(),
        title=run.title,
        caption=run.caption,
        **named,
    )


def training_threads(wildcards):
    return training_run(wildcards).threads


def training_devices(wildcards):
    return training_run(wildcards).devices


def training_memory(wildcards, attempt):
    # Measured by benchmarks/training_step.py at the published widths: start-up, weights with their moments
    # and checkpoint, then bytes for each pixel of a step.
    run = training_run(wildcards)
    weights = 1500 if wildcards.method == "pix2pix" else 700
    return attempt * (
        1500 + int(weights * (run.generator_width / 64) ** 2) + 35 * run.batch * run.image_side**2 // 1000
    )


def evaluation_memory(wildcards, attempt):
    return attempt * (2500 + 35 * training_run(wildcards).image_side ** 2 // 1000)


def training_minutes(wildcards, attempt):
    # A day for each attempt; a training that needs longer goes on from its checkpoint.
    return attempt * 24 * 60
