# What lies here when Snakemake starts: whether it may lie there, and whether it is known what it was made with.
# Included last, since it asks the rules what they make.
import json

from snakemake.logging import logger
from snakemake.persistence import RECORD_FORMAT_VERSION, PersistenceBase

from aiart.snakemake_records import INCOMPLETE, METADATA, noted_files

if not IS_MODULE:
    # Snakemake loads pandas to see whether a value of params is a table. Ours are text.
    PersistenceBase._serialize_param = PersistenceBase._serialize_param_builtin


def is_readable(record):
    """Whether Snakemake compares the settings of this record; of other formats it looks at dates alone."""
    try:
        return (
            json.loads(record.read_text(encoding="utf-8"))["record_format_version"] >= RECORD_FORMAT_VERSION
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def made_files():
    """Files here that a rule makes and DVC keeps; not downloads, which people may put in place themselves. Raises
    UserError at a link that leads nowhere: Snakemake fails on it, or takes the file behind it for removed meanwhile.
    """
    folders = ["data/photographs", "data/paintings", "data/prepared", *(f"results/{key}" for key in ROOMS)]
    found = [
        os.path.join(root, name) for folder in folders for root, _, names in os.walk(folder) for name in names
    ]
    for path in filter(os.path.islink, [*folders, *found]):
        check_link(Path(path))
    return sorted(found) + [path for path in (FIGURES, PAGE, ALBUM) if os.path.exists(path)]


def age_what_has_no_record():
    """Snakemake takes a file without a record for current, whatever params.yaml says. Nobody can tell then what it was
    made with, so it gets a date before everything else's, and is made again once it is asked for."""
    oldest = 1  # second of 1970; Snakemake takes 0 for no date
    at_work = noted_files(INCOMPLETE)  # read first: a job writes its record, then takes this note away
    known = {path for path, record in noted_files(METADATA).items() if is_readable(record)}
    outputs = [output for rule in workflow.rules for output in rule.products()]
    unknown = [
        path
        for path in made_files()
        if path not in known
        and path not in at_work
        and os.stat(path).st_mtime > oldest
        and any(output.match(path) for output in outputs)
    ]
    for path in unknown:
        os.utime(path, (oldest, oldest))
    if unknown:
        logger.warning(
            f"{len(unknown)} files, such as {unknown[0]}, have no record of what they were made with, and are made again "
            "when they are asked for. `dvc checkout` brings back the records of a version."
        )


if workflow.is_main_process:
    try:
        check_places(noted_files(METADATA))
        age_what_has_no_record()
    except UserError as error:
        raise WorkflowError(str(error))
