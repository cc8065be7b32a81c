"""Remove what Snakemake made once, by its own records, in the folders named on the command line, and no rule makes any
more, with the states of such trainings. What somebody else put there stays.
"""

import os
import subprocess
import sys
from pathlib import Path

from aiart.networks.states import files_at
from aiart.snakemake_records import METADATA, noted_files

listed = subprocess.run(["snakemake", "--list-untracked"], stdout=subprocess.PIPE, text=True)
if listed.returncode:
    sys.exit("The results cannot be listed, for the reason above; mend that and start again.")
made = noted_files(METADATA)
for file in listed.stdout.splitlines():
    if file in made and any(Path(folder) in Path(file).parents for folder in sys.argv[1:]):
        states = files_at(Path("results/.state", Path(file).relative_to("results")))
        for path in (file, *states):
            os.remove(path)
            print(f"removed {path}")
