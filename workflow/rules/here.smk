# Where Snakemake runs: in this workflow's checkout, or in any other folder, with these rules as a module or by
# --snakefile. Jobs then run a copy of the package aiart that lies in that folder, so that they get at it wherever they
# run, in a container or on another machine, and so that inputs have the same names wherever the package is.
import filecmp
import importlib
import os
import shutil
import sys
import tomllib
from pathlib import Path

# Of no use where these rules are read from a repository elsewhere, file by file.
CHECKOUT = Path(os.path.abspath(workflow.current_basedir.get_path_or_uri(secret_free=True))).parents[1]
HAS_PACKAGE = (CHECKOUT / "src/aiart/__init__.py").is_file()
IN_CHECKOUT = HAS_PACKAGE and os.path.samefile(CHECKOUT, os.curdir)
IS_MODULE = not workflow.modifier.is_main_snakefile()
SOURCES = "src" if IN_CHECKOUT else ".snakemake/src"
# The same file as that of `conda:`, as an input: Snakemake's own check of environments depends on absolute paths.
CPU_ENVIRONMENT_FILE = "workflow/envs/cpu.yaml" if IN_CHECKOUT else f"{SOURCES}/cpu.yaml"


def changes_paths(modifier):
    """Whether a module statement, or one around it, gives files other names."""
    return modifier is not None and bool(
        modifier.prefix or modifier._prefix_replacements or changes_paths(modifier.inner_modifier)
    )


for folder in (workflow.basedir, os.getcwd()):
    if "{" in folder or "}" in folder:
        raise WorkflowError(
            f"Snakemake takes braces in paths for names of its own: rename the folder {folder}."
        )
if changes_paths(workflow.modifier.path_modifier):
    raise WorkflowError(
        "The commands of the module aiart name their files by themselves: leave `prefix` and `replace_prefix` out, and for "
        "other places run Snakemake in another folder (--directory)."
    )


def import_package():
    """The package aiart: the one beside these rules, or the installed one, which must be of their version."""
    if HAS_PACKAGE:
        sys.path.insert(0, str(CHECKOUT / "src"))
        return importlib.import_module("aiart")
    version = tomllib.loads(Path(workflow.source_path("../../pyproject.toml")).read_text())["project"][
        "version"
    ]
    try:
        package = importlib.import_module("aiart")
    except ModuleNotFoundError:
        raise WorkflowError(
            f"This workflow runs the Python package aiart {version}, which is not installed in the environment of "
            "Snakemake: install it there with pip, from the repository that the workflow comes from."
        )
    if package.__version__ != version:
        raise WorkflowError(
            f"This workflow runs the Python package aiart {version}, but {package.__version__} is installed in the "
            "environment of Snakemake: install that version there, or name the tag of yours as that of the workflow."
        )
    return package


def copy_sources(package):
    """The package and the conda environment of its jobs, below this folder. What did not change keeps its date."""
    files = {CPU_ENVIRONMENT_FILE: Path(workflow.source_path("../envs/cpu.yaml"))}
    for root, folders, names in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for path in (Path(root, name) for name in names):
            files[f"{SOURCES}/aiart/{path.relative_to(package).as_posix()}"] = path
    for target, source in files.items():
        if not (os.path.exists(target) and filecmp.cmp(source, target)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            # Another Snakemake may do the same at this moment.
            part = f"{target}.{os.getpid()}.part"
            shutil.copy2(source, part)
            os.replace(part, target)
    for path in [path for path in Path(SOURCES).rglob("*") if path.is_file()]:
        if path.as_posix() not in files and path.suffix not in (".part", ".pyc"):
            path.unlink(missing_ok=True)


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


PACKAGE = Path(import_package().__file__).parent
if workflow.is_main_process and not IN_CHECKOUT:
    copy_sources(PACKAGE)
if workflow.is_main_process and os.path.isdir(".dvc"):
    refuse_links_into_cache()
    if "DVC_STAGE" in os.environ:  # `dvc repro` is at work
        refuse_linked_parents()
