"""Take out of Snakemake's records what differs each time the same thing is made, so that DVC gives the records of
equal results equal hashes: dates, a random number, the number of a cluster job, an absolute path. Records of files
that are gone, go. The last step of `dvc repro`, since `snakemake --report` loses its run times by it; logs/ keeps
them.
"""

import json
import os
import zlib
from base64 import urlsafe_b64decode
from pathlib import Path

FOLDER = Path(".snakemake/metadata")


def settle(record: Path) -> None:
    # A record is named after its file in base64; parts of a long name are folders, marked with @.
    name = "".join(part.removeprefix("@") for part in record.relative_to(FOLDER).parts)
    if not os.path.exists(urlsafe_b64decode(name).decode()):
        record.unlink()
        return
    before = record.read_text(encoding="utf-8")
    facts = json.loads(before)
    facts |= {"starttime": 0, "endtime": 0, "external_jobid": None, "software_stack_hash": None}
    # The report tells jobs apart by this number; outputs of one job share its log.
    facts["job_hash"] = zlib.crc32(json.dumps([facts["rule"], facts["log"]]).encode())
    after = json.dumps(facts)
    if after != before:
        temporary = FOLDER.with_name("record.part")
        temporary.write_text(after, encoding="utf-8")
        os.replace(temporary, record)


for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
    settle(path)
