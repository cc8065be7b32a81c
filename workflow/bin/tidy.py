"""Remove what Snakemake made once, by its own records, in the folders named on the command line, and no rule makes any
more, with the states of such trainings. What somebody else put there stays.
"""

import os
import subprocess
import sys
from pathlib import Path

from aiart.networks.states import files_at
from aiart.snakemake_records import METADATA, noted_files

listing = subprocess.run(["snakemake", "--list-untracked"], check=True, stdout=subprocess.PIPE, text=True).stdout
made = noted_files(METADATA)
for file in listing.splitlines():
    if file in made and any(Path(folder) in Path(file).parents for folder in sys.argv[1:]):
        states = files_at(Path("results/.state", Path(file).relative_to("results")))
        for path in (file, *states):
            os.remove(path)
            print(f"removed {path}")
