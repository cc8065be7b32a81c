# Params, and the helper functions of all rules; no rule lives here.
import os
import shlex
import sys
from pathlib import Path

import pandas as pd
from snakemake.utils import Paramspace

sys.path.insert(0, os.path.join(workflow.basedir, "src"))
from aiart.datasets.catalogue import PICTURES
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.errors import UserError
from aiart.params import canonical_json
from aiart.params.merge import merged_params
from aiart.params.sweeps import derive_seed, file_name_part

# Jobs run this checkout's commands, in whichever environment is active (a virtual one, or conda's).
shell.prefix(f"export PATH='{workflow.basedir}/workflow/bin':$PATH; ")

CPU_ENVIRONMENT = "../envs/cpu.yaml"
# The same file as an input: Snakemake's own check of environments depends on the checkout's absolute path.
CPU_ENVIRONMENT_FILE = "workflow/envs/cpu.yaml"
SLIM_WEIGHTS = "src/aiart/networks/vgg19_slim.npz"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp")

try:
    # Read again with YAML 1.2, as DVC does: Snakemake's own reader would take 2e-05 for text. Files given by
    # --configfile come first in Snakemake's list, and are laid over params.yaml here.
    presets = [os.path.relpath(path) for path in workflow.overwrite_configfiles]
    declared = [os.path.relpath(path) for path in workflow.configfiles]
    PARAMS = merged_params(
        [path for path in declared if path not in presets] + presets, workflow.config_settings.config
    )
except UserError as error:
    raise WorkflowError(str(error))
STYLE_TRANSFER = PARAMS.style_transfer


wildcard_constraints:
    name="[A-Za-z0-9][A-Za-z0-9_-]*",
    sweep="[A-Za-z0-9][A-Za-z0-9_-]*",
    cell="[^/]+",


def sources(*patterns):
    """Source files that a job depends on, as inputs: editing one reruns the jobs that use it, and no others."""
    found = {str(path) for pattern in patterns for path in Path("src/aiart").glob(pattern)}
    return sorted(found)


def options(**values):
    """Command-line options as the one params value of a rule. Snakemake compares params as an unordered set
    without names, so two of them that swap their values would go unseen; one string cannot."""
    words = []
    for name, value in values.items():
        words += [f"--{name}", canonical_json(value) if isinstance(value, dict) else str(value)]
    return shlex.join(words)


def user_picture(folder, name):
    """A file that the user put in data/content or data/style, or None."""
    found = [
        str(path)
        for path in sorted(Path("data", folder).glob(f"{name}.*"))
        if path.suffix.lower() in SUFFIXES
    ]
    if len(found) > 1:
        raise WorkflowError(f"{found[0]} and {found[1]} are both the picture {name}; rename one of them.")
    return found[0] if found else None


def cell_names(sweep):
    """Cells of a sweep by file name without suffix, in the order of the grid."""
    cells = sweep.cells()
    table = pd.DataFrame(
        [{axis: file_name_part(text) for axis, text in cell.labels.items()} for cell in cells]
    )
    names = Paramspace(table, filename_params="*", param_sep="=").instance_patterns
    return dict(zip(names, cells, strict=True))


def sweep_files(room, sweep, suffix):
    """Files of all cells of a sweep, in the order of the grid."""
    names = cell_names(getattr(PARAMS, room).sweeps[sweep])
    return [f"results/{room}/sweeps/{sweep}/{name}{suffix}" for name in names]


def picture_file(folder, built_in, name):
    """Path of a picture by its name: the user's own file, a built-in one, or one from the catalogue."""
    if own := user_picture(folder, name):
        return own
    if name in built_in:
        return f"data/{'photographs' if folder == 'content' else 'paintings'}/{name}.png"
    if name in PICTURES:
        return f"data/downloads/{name}.jpg"
    raise WorkflowError(
        f"params.yaml asks for the picture {name}: put {name}.jpg or {name}.png into data/{folder}, "
        f"or choose one of {', '.join([*built_in, *sorted(PICTURES)])}."
    )


def content_file(name):
    return picture_file("content", PHOTOGRAPHS, name)


def style_file(name):
    return picture_file("style", PAINTERS, name)


def weights_path(network):
    """The weights file of a network: the project's own, the user's, or the downloaded one."""
    if network == "vgg19_slim":
        return SLIM_WEIGHTS
    return getattr(PARAMS.networks, network) or f"data/weights/{network}.h5"


def distill_pictures():
    """Files of the folders to learn from; built-in ones are made first."""
    files = []
    for folder in [*PARAMS.distill.pictures, *PARAMS.distill.held_out]:
        built_in = {"data/photographs": PHOTOGRAPHS, "data/paintings": PAINTERS}.get(folder.rstrip("/"))
        if built_in:
            files += [f"{folder.rstrip('/')}/{name}.png" for name in built_in]
        else:
            files += sorted(str(p) for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES[:3])
    return files


# ---- style transfer

# Every painting by its path below results/style_transfer, without suffix.
PAINTINGS_TO_MAKE = {}
for name in STYLE_TRANSFER.pictures:
    PAINTINGS_TO_MAKE[f"pictures/{name}"] = STYLE_TRANSFER.picture(name)
for name in STYLE_TRANSFER.animations:
    PAINTINGS_TO_MAKE[f"animations/{name}"] = STYLE_TRANSFER.animation(name)
for sweep in STYLE_TRANSFER.sweeps:
    for cell_name, cell in cell_names(STYLE_TRANSFER.sweeps[sweep]).items():
        PAINTINGS_TO_MAKE[f"sweeps/{sweep}/{cell_name}"] = STYLE_TRANSFER.sweep_cell(sweep, cell)


def painting_contents(wildcards):
    return content_file(PAINTINGS_TO_MAKE[wildcards.painting].content)


def painting_styles(wildcards):
    return [style_file(name) for name in PAINTINGS_TO_MAKE[wildcards.painting].styles]


def painting_weights(wildcards):
    return weights_path(PAINTINGS_TO_MAKE[wildcards.painting].network)


def painting_options(wildcards):
    # All cells of a sweep share their noise, so that only the swept setting differs.
    run = wildcards.painting.split("/")[:2]
    settings = PAINTINGS_TO_MAKE[wildcards.painting].model_dump(exclude={"content", "style"})
    return options(seed=derive_seed(PARAMS.seed, "style_transfer", *run), settings=settings)


def painting_threads(wildcards):
    # One thread a picture and several pictures at once: as fast on two cores as the other way round, and
    # the bytes do not depend on the number of cores. Only large or deep ones are worth more.
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return 1 if painting.network == "vgg19_slim" and painting.long_side <= 768 else 4


def painting_memory(wildcards):
    # Measured by benchmarks/style_transfer.py: start-up, then bytes for each pixel, with room to spare.
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    bytes_per_pixel = 900 if painting.network == "vgg19_slim" else 4500
    return 1200 + bytes_per_pixel * painting.long_side**2 // 10**6


def sweep_first(wildcards):
    """The photograph or painting that a sweep shows before its cells."""
    sweep = STYLE_TRANSFER.sweeps[wildcards.sweep]
    painting = STYLE_TRANSFER.sweep_cell(wildcards.sweep, sweep.cells()[0])
    if sweep.first is None:
        return []
    return content_file(painting.content) if sweep.first == "content" else style_file(painting.styles[0])
