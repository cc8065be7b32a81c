# Helpers of all rules; no rule lives here.
import os
import sys
from pathlib import Path

import pandas as pd
from snakemake.utils import Paramspace

sys.path.insert(0, os.path.join(workflow.basedir, "src"))
from aiart.errors import UserError
from aiart.params import canonical_json
from aiart.params.merge import merged_params
from aiart.params.sweeps import derive_seed, file_name_part

# Jobs run this checkout's commands, in whichever environment is active (a virtual one, or conda's).
shell.prefix(f"export PATH='{workflow.basedir}/workflow/bin':$PATH; ")

CPU_ENVIRONMENT = "../envs/cpu.yaml"
# The same file as an input: Snakemake's own check of environments depends on the checkout's absolute path.
CPU_ENVIRONMENT_FILE = "workflow/envs/cpu.yaml"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp")

try:
    # Read again with YAML 1.2, as DVC does: Snakemake's own reader would take 2e-05 for text.
    PARAMS = merged_params(
        [os.path.relpath(path) for path in workflow.configfiles], workflow.config_settings.config
    )
except UserError as error:
    raise WorkflowError(str(error))


wildcard_constraints:
    name="[A-Za-z0-9][A-Za-z0-9_-]*",
    sweep="[A-Za-z0-9][A-Za-z0-9_-]*",
    cell="[^/]+",


def sources(*patterns):
    """Source files that a job depends on, as inputs: editing one reruns the jobs that use it, and no others."""
    found = {str(path) for pattern in patterns for path in Path("src/aiart").glob(pattern)}
    return sorted(found)


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
