"""What a finished run of the workflow left behind about its jobs: Snakemake's logs and benchmarks, our timings."""

from __future__ import annotations

import csv
import json
import re
import statistics
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiart.snakemake_records import METADATA, noted_files

# snakemake/benchmark.py samples a job every half second at first, and every half minute from then on.
SHORT_INTERVAL, LONG_INTERVAL, SHORT_SAMPLES = 0.5, 30.0, 31
DATED = re.compile(r"\[(\w{3} \w{3} +\d+ [\d:]+ \d{4})\]$")
STARTED = re.compile(r"(?:Job |    jobid: )(\d+)(?::|$)")
FINISHED = re.compile(r"Finished jobid: (\d+) \(Rule: (\w+)\)")
ELAPSED = re.compile(r"Elapsed time: (?:(\d+) days?, )?(\d+):(\d+):([\d.]+)")
PACE = re.compile(r"step (\d+)/(\d+), .*?([\d.e+-]+) s a step", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One job of a run; seconds. None stands for what nobody measured."""

    room: str
    rule: str
    start: float
    end: float
    cpu: float | None = None
    starting: float | None = None
    """Of `cpu`: before its own work and after it (imports, reading, writing)."""
    arithmetic: float | None = None
    """Of `cpu`: the steps or evaluations, without the first one, which compiles."""
    memory_mb: float | None = None

    @property
    def wall(self) -> float:
        return self.end - self.start

    @property
    def rest(self) -> float | None:
        return None if self.cpu is None else self.cpu - (self.starting or 0) - (self.arithmetic or 0)

    @property
    def waiting(self) -> float:
        """Seconds in which it computed nothing, at least; 0 where nobody measured."""
        return 0.0 if self.cpu is None else max(0.0, self.wall - self.cpu)


@dataclass(frozen=True)
class Run:
    """All jobs of a checkout, and when Snakemake ran: (start, end) of each invocation that did something."""

    jobs: list[Job]
    invocations: list[tuple[float, float]]
    cores: int

    @property
    def wall(self) -> float:
        return sum(end - start for start, end in self.invocations)


def read_run(folder: str | Path) -> Run:
    """The last run of every job of a checkout. Raises SystemExit with a sentence where there is none."""
    folder = Path(folder)
    rules = _rules_by_log(folder)
    measured = [_measured_job(folder, path, rules) for path in sorted((folder / "logs").rglob("*.tsv"))]
    measured = [job for job in measured if job]
    invocations, cores, timed = [], 1, {}
    for path in sorted((folder / ".snakemake/log").glob("*.snakemake.log")):
        found, when, provided = _read_log(path)
        if found and when:
            invocations.append(when)
            cores = max(cores, provided)
            timed |= {(job.rule, what): job for what, job in found}
    if not measured or not invocations:
        raise SystemExit(f"{folder}: holds no finished run (logs/**/*.tsv and .snakemake/log); run snakemake there.")
    known = set(rules.values()) - {job.rule for job in measured}
    jobs = [*measured, *(job for job in timed.values() if job.rule in known)]
    # An invocation all of whose jobs ran again later belongs to another run.
    invocations = [span for span in invocations if any(_within(job, span) for job in jobs)]
    if not all(any(_within(job, span) for span in invocations) for job in measured):
        raise SystemExit(f"{folder}: its files have other times than its logs; copy a checkout with `cp -a`.")
    return Run(jobs, invocations, cores)


def _within(job: Job, span: tuple[float, float]) -> bool:
    return span[0] - 2 <= job.end <= span[1] + 2


def _rules_by_log(folder: Path) -> dict[str, str]:
    """The rule that wrote each log, from Snakemake's notes."""
    notes = (json.loads(path.read_text()) for path in noted_files(folder / METADATA).values())
    return {log: note["rule"] for note in notes for log in note.get("log") or []}


def _measured_job(folder: Path, path: Path, rules: dict[str, str]) -> Job | None:
    with path.open(newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"), {})
    if "cpu_time" not in row:
        return None  # a table of something else
    log = path.with_suffix(".log").relative_to(folder).as_posix()
    end, wall = path.stat().st_mtime, float(row["s"])
    # Jobs that end before the first sample have none: NA.
    cpu = None if row["cpu_time"] == "NA" else _until_the_end(float(row["cpu_time"]), wall)
    starting, arithmetic = _parts(path, end - wall, wall)
    return Job(
        room=Path(log).parts[1],
        rule=rules.get(log, path.stem),
        start=end - wall,
        end=end,
        cpu=cpu,
        starting=None if cpu is None or starting is None else cpu * starting / wall,
        arithmetic=None if cpu is None or arithmetic is None else cpu * arithmetic / wall,
        memory_mb=None if row["max_rss"] == "NA" else float(row["max_rss"]),
    )


def _until_the_end(cpu: float, wall: float) -> float:
    """CPU seconds of a whole job from those at Snakemake's last sample, up to half a minute before its end."""
    short = SHORT_INTERVAL * SHORT_SAMPLES
    if wall < short:
        sampled = wall // SHORT_INTERVAL * SHORT_INTERVAL
    else:
        sampled = short + (wall - short) // LONG_INTERVAL * LONG_INTERVAL
    return cpu * wall / sampled if sampled else cpu


def _parts(path: Path, start: float, wall: float) -> tuple[float | None, float | None]:
    """Seconds of starting and ending, and of arithmetic, as far as a job says: a painting or a dream in its timings,
    a training by the time in the name of TensorBoard's file and by its pace."""
    timings = path.with_suffix(".timings.json")
    if timings.is_file():
        took = json.loads(timings.read_text())
        work = min(took["seconds_total"], wall)
        arithmetic = max(0.0, work - took["seconds_compile"])
        # Frames are made and written after what the timings of an animation tell.
        return (None if "animations" in path.parts else wall - work), arithmetic
    pace = PACE.findall(path.with_suffix(".log").read_text()) if path.stem == "train" else []
    begun = [int(file.name.split(".")[3]) for file in path.parent.glob("tensorboard/events.out.tfevents.*")]
    if not pace:
        return None, None
    steps = int(pace[-1][1]) * statistics.median(float(seconds) for _, _, seconds in pace)
    starting = min(max(max(begun) - start, 0.0), wall) if begun else None
    return starting, min(steps, wall - (starting or 0.0))


def _read_log(path: Path) -> tuple[list[tuple[str, Job]], tuple[float, float] | None, int]:
    """(what it was for, job) of each job, start and end of the invocation, and its cores."""
    now, cores, starts, found, elapsed = 0.0, 1, {}, [], None
    for line in path.read_text(errors="replace").splitlines():
        if match := DATED.match(line):
            now = datetime.strptime(match[1], "%a %b %d %H:%M:%S %Y").timestamp()
        elif match := STARTED.match(line):
            starts[match[1]] = (now, line)
        elif (match := FINISHED.match(line)) and match[1] in starts:
            start, what = starts[match[1]]
            found.append((what.partition(": ")[2], Job("", match[2], start, now)))
        elif line.startswith("Provided cores: "):
            cores = int(line.split()[2])
        elif match := ELAPSED.match(line):
            days, hours, minutes, seconds = match.groups()
            elapsed = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(seconds)
    if not found:
        return [], None, cores
    stamp = datetime.strptime(path.name.removesuffix(".snakemake.log"), "%Y-%m-%dT%H%M%S.%f").timestamp()
    return found, (stamp, stamp + elapsed if elapsed else now), cores
