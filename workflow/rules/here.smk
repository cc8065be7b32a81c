# Whether Snakemake can run here. The folder must be this checkout: sources, DVC and its records are looked for there.
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


def refuse_links_into_cache():
    """With these link types DVC makes its files and ours one: what we write would change the versions that it keeps."""
    from dvc.config import Config, ConfigError

    try:
        types = Config(dvc_dir=".dvc").get("cache", {}).get("type") or []
    except ConfigError as error:
        raise WorkflowError(f"DVC's settings cannot be read ({error}); mend them with `dvc config`.")
    if links := [name for name in types if name in ("symlink", "hardlink")]:
        raise WorkflowError(
            f"DVC's setting cache.type asks for links ({', '.join(links)}), through which Snakemake would overwrite "
            "recorded versions: set it by `dvc config --local cache.type reflink,copy`, then `dvc checkout --relink`."
        )


def refuse_linked_parents():
    """DVC fails on them, but only once all jobs have run."""
    for folder in ("data", "results"):
        if os.path.islink(folder):
            raise WorkflowError(
                f"{folder} is a link, and DVC takes nothing behind it for part of this checkout: make {folder} a folder and "
                f"link those in it, such as {'data/prepared' if folder == 'data' else 'results/pix2pix'}, one by one."
            )


if workflow.is_main_process and os.path.isdir(".dvc"):
    refuse_links_into_cache()
    if "DVC_STAGE" in os.environ:  # `dvc repro` is at work
        refuse_linked_parents()
