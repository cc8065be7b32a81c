# The folder that Snakemake runs in must be this checkout: sources, DVC and its records are looked for there.
import os
import shlex

if not os.path.samefile(workflow.basedir, os.curdir):
    raise WorkflowError(
        f"This workflow runs in its own folder alone: `cd {shlex.quote(workflow.basedir)}` and leave --directory out; for other "
        "params.yaml and results beside these make a second checkout, as with `git worktree add`."
    )
if "{" in workflow.basedir or "}" in workflow.basedir:
    raise WorkflowError(
        f"Snakemake takes braces in paths for names of its own: rename the folder {workflow.basedir}."
    )
