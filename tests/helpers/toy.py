#!/usr/bin/env python3
"""A toy that stands in for the commands of several schedulers: it starts every job at once, here.

Called by the name of the command it stands for (a link); TOY_SCHEDULER names the scheduler, and what it
remembers lies in the folder TOY_FOLDER. It refuses arguments that it does not expect and answers in the form of
the real command, both taken from the schedulers' manuals. While the file `lose` lies in the folder, the next
job is lost, as one that was killed for its memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(os.environ["TOY_FOLDER"])


def start(script: str, cores: str, memory: str, minutes: int, gpus: str) -> int:
    """Start a job, remember what it asked for (memory in MB), and give it a number."""
    number = len(list(FOLDER.glob("job*"))) + 1
    folder = FOLDER / f"job{number}"
    folder.mkdir()
    asked = {"cores": int(cores), "mem_mb": int(memory), "minutes": minutes, "gpus": int(gpus)}
    (folder / "asked.json").write_text(json.dumps(asked))
    if (FOLDER / "lose").exists():
        (FOLDER / "lose").unlink()
        (folder / "exit").write_text("137")
        return number
    log, status = (shlex.quote(str(folder / name)) for name in ("log", "exit"))
    command = f"sh {shlex.quote(script)} > {log} 2>&1; echo $? > {status}.part; mv {status}.part {status}"
    job = subprocess.Popen(["sh", "-c", command], start_new_session=True, stdout=subprocess.DEVNULL)
    (folder / "pid").write_text(str(job.pid))
    return number


def exit_status(job: str) -> int | None:
    """Of a job that has ended."""
    file = FOLDER / f"job{number_in(job)}" / "exit"
    return int(file.read_text()) if file.exists() else None


def cancel(jobs: list[str]) -> None:
    for job in jobs:
        folder = FOLDER / f"job{number_in(job)}"
        if exit_status(job) is None:
            os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)
            (folder / "exit").write_text("271")
            (folder / "cancelled").touch()


def number_in(text: str) -> int:
    return int(re.search(r"\d+", text)[0])


def arguments(flags: str, options: str, words: list[str]) -> argparse.Namespace:
    """The command line: `flags` without and `options` with a value, all expected, and `words` at the end."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for flag in flags.split():
        parser.add_argument(flag, action="store_true", required=True)
    for option in options.split():
        parser.add_argument(option, action="append", required=option != "-gpu", nargs=2 if option == "-pe" else None)
    for word in words:
        parser.add_argument(word)
    return parser.parse_args()


class Pbs:
    def qsub(self) -> None:
        given = arguments("-V", "-N -j -o -l", ["script"])
        chunk, walltime = given.l
        cores, memory, gpus = re.fullmatch(r"select=1:ncpus=(\d+):mem=(\d+)mb:ngpus=(\d+)", chunk).groups()
        seconds = int(re.fullmatch(r"walltime=(\d+)", walltime)[1])
        print(f"{start(given.script, cores, memory, seconds // 60, gpus)}.toy")

    def qstat(self) -> None:
        job = arguments("-x -f", "", ["job"]).job
        status = exit_status(job)
        state = "R" if status is None else "F"
        print(f"Job Id: {job}\n    Job_Name = stylize\n    job_state = {state}\n    queue = workq")
        if status is not None:
            print(f"    Exit_status = {status}")

    def qdel(self) -> None:
        cancel(sys.argv[1:])


class Sge:
    def qsub(self) -> None:
        given = arguments("-terse -V -cwd", "-N -j -o -pe -l", ["script"])
        ((_, slots),) = given.pe
        wanted = dict(item.split("=") for item in given.l)
        memory = int(wanted["mem_free"].removesuffix("M")) * int(slots)
        print(start(given.script, slots, memory, int(wanted["h_rt"]) // 60, wanted.get("gpu", 0)))

    def qstat(self) -> None:
        given = arguments("", "-j", [])
        if exit_status(given.j[0]) is not None:
            sys.exit(f"Following jobs do not exist:\n{given.j[0]}")
        print(f"==============\njob_number:                 {given.j[0]}")

    def qacct(self) -> None:
        given = arguments("", "-j", [])
        status = exit_status(given.j[0])
        failed = "0" if status == 0 else "100 : assumedly after job"
        print(f"==============\nqname        all.q\njobnumber    {given.j[0]}")
        print(f"failed       {failed}\nexit_status  {status}")

    def qdel(self) -> None:
        cancel(sys.argv[1:])


class Lsf:
    def bsub(self) -> None:
        given = arguments("", "-J -o -n -W -R -gpu", ["script"])
        memory = re.fullmatch(r"span\[hosts=1\] rusage\[mem=(\d+)MB\]", given.R[0])[1]
        gpus = re.fullmatch(r"num=(\d+)", given.gpu[0])[1] if given.gpu else 0
        number = start(given.script, given.n[0], memory, int(given.W[0]), gpus)
        print(f"Job <{number}> is submitted to default queue <normal>.")

    def bjobs(self) -> None:
        given = arguments("-noheader", "-o", ["job"])
        assert given.o == ["stat"]
        print({None: "RUN", 0: "DONE"}.get(exit_status(given.job), "EXIT"))

    def bkill(self) -> None:
        cancel(sys.argv[1:])


class Kubernetes:
    def kubectl(self) -> None:
        getattr(self, sys.argv.pop(1))()

    def create(self) -> None:
        import yaml

        arguments("", "--output --filename", [])
        job = yaml.safe_load(sys.stdin)
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        (mount,) = container["volumeMounts"]
        assert [mount["name"]] == [volume["name"] for volume in pod["volumes"]]
        assert (job["spec"]["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
        limits, requests = container["resources"]["limits"], container["resources"]["requests"]
        assert limits["memory"] == requests["memory"]
        os.chdir(container["workingDir"])
        number = start(
            container["command"][1],
            requests["cpu"],
            limits["memory"].removesuffix("M"),
            pod["activeDeadlineSeconds"] // 60,
            limits.get("nvidia.com/gpu", 0),
        )
        print(f"job.batch/{job['metadata']['generateName']}{number}")

    def get(self) -> None:
        given = arguments("", "--output", ["job"])
        assert given.output == ['jsonpath={.status.conditions[?(@.status=="True")].type}']
        print({None: "", 0: "SuccessCriteriaMet Complete"}.get(exit_status(given.job), "FailureTarget Failed"))

    def delete(self) -> None:
        assert sys.argv[1] == "--wait=false"
        cancel(sys.argv[2:])


class AwsBatch:
    def aws(self) -> None:
        assert sys.argv.pop(1) == "batch"
        getattr(self, sys.argv.pop(1).replace("-", "_"))()

    def submit_job(self) -> None:
        options = "--job-name --job-queue --job-definition --container-overrides --timeout --query --output"
        given = arguments("", options, [])
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", given.job_name[0])
        assert (given.query, given.output) == (["jobId"], ["text"])
        overrides = json.loads(given.container_overrides[0])
        assert overrides.keys() == {"command", "resourceRequirements"}
        needs = {need["type"]: need["value"] for need in overrides["resourceRequirements"]}
        shell, script = overrides["command"]
        assert shell == "sh"
        seconds = int(re.fullmatch(r"attemptDurationSeconds=(\d+)", given.timeout[0])[1])
        # A container starts in a folder of its own.
        os.chdir("/")
        print(f"id-{start(script, needs['VCPU'], needs['MEMORY'], seconds // 60, needs.get('GPU', 0))}")

    def describe_jobs(self) -> None:
        given = arguments("", "--jobs --query --output", [])
        assert (given.query, given.output) == (["jobs[0].status"], ["text"])
        print({None: "RUNNING", 0: "SUCCEEDED"}.get(exit_status(given.jobs[0]), "FAILED"))

    def terminate_job(self) -> None:
        cancel(arguments("", "--job-id --reason", []).job_id)


if __name__ == "__main__":
    schedulers = {"pbs": Pbs, "sge": Sge, "lsf": Lsf, "kubernetes": Kubernetes, "aws_batch": AwsBatch}
    getattr(schedulers[os.environ["TOY_SCHEDULER"]](), Path(sys.argv[0]).name)()
