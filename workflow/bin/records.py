"""Take out of Snakemake's records what differs each time the same thing is made, so that DVC gives the records of
equal results equal hashes: dates, a random number, the number of a cluster job, an absolute path. Records of files
that are gone, go. The last step of `dvc repro`, since `snakemake --report` loses its run times by it; logs/ keeps
them.
"""

import json
import os
import zlib
from pathlib import Path

from aiart.snakemake_records import METADATA, noted_files


def settle(file: str, record: Path) -> None:
    if not os.path.exists(file):
        record.unlink()
        return
    before = record.read_text(encoding="utf-8")
    facts = json.loads(before)
    facts |= {
        "starttime": 0,
        "endtime": 0,
        "external_jobid": None,
        "software_stack_hash": None,
        "container_img_url": None,
    }
    # The report tells jobs apart by this number; outputs of one job share its log.
    facts["job_hash"] = zlib.crc32(json.dumps([facts["rule"], facts["log"]]).encode())
    after = json.dumps(facts)
    if after != before:
        temporary = METADATA.with_name("record.part")
        temporary.write_text(after, encoding="utf-8")
        os.replace(temporary, record)


for file, record in sorted(noted_files(METADATA).items()):
    settle(file, record)
