"""Where the time of a finished run of the gallery went: a table, and a picture of its jobs over time.

    python benchmarks/gallery.py                      # of this checkout
    python benchmarks/gallery.py BEFORE AFTER --output docs/performance-gallery

Reads what Snakemake left in each checkout (`snakemake_run.py`). A job's wall time includes waiting for a processor
that others use; `waiting` is the part of it without any CPU time, so that 0 on a busy machine means little and more
than 0 on an idle one is disk. CPU seconds are Snakemake's last sample drawn out to the end of the job, and are divided
among its parts like its wall time. `starting` is what a job does before its own work and after it, where it says when
that began; jobs that do not say so have all of it in `rest`, which otherwise is compiling, samples and validation.
Seconds of Snakemake itself, and of the process that jobs start warm from, are in the wall time of the run alone; the
first jobs wait for that process, which makes their share of starting too large.

Writes `<output>.csv` and `<output>.png`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from common import markdown_table
from snakemake_run import Job, Run, read_run

COLOURS = {
    "style_transfer": "#0072B2",
    "deep_dream": "#D55E00",
    "pix2pix": "#009E73",
    "cyclegan": "#CC79A7",
    "dataset": "#E69F00",
    "": "#777777",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="*", default=["."], help="finished checkouts, two of them to compare")
    parser.add_argument("--output", help="path of the .csv and .png, without suffix")
    options = parser.parse_args()
    runs = {name: read_run(path) for name, path in zip(names(options.checkouts), options.checkouts, strict=True)}
    tables = {name: table(run) for name, run in runs.items()}
    for name, rows in tables.items():
        print(f"{name}: {summary(runs[name])}\n\n{markdown_table(rows, digits=5)}\n")
    if len(tables) == 2:
        print(markdown_table(compared(*tables.values()), digits=5))
    if options.output:
        from aiart.gallery import write_table

        write_table(f"{options.output}.csv", [{"run": name, **row} for name, rows in tables.items() for row in rows])
        draw(runs, Path(f"{options.output}.png"))


def names(checkouts: list[str]) -> list[str]:
    """`before` and `after` for two checkouts, `gallery` for one."""
    if len(checkouts) > 2:
        sys.exit(f"{len(checkouts)} checkouts are too many; give one, or two to compare.")
    return ["before", "after"] if len(checkouts) == 2 else ["gallery"]


def table(run: Run) -> list[dict]:
    """One row for each rule of each room, those of the most wall time first, and their sum."""
    groups: dict[str, list[Job]] = {}
    for job in run.jobs:
        groups.setdefault(f"{job.room} {job.rule}".strip(), []).append(job)
    rows = [_row(name, jobs) for name, jobs in groups.items()]
    rows.sort(key=lambda row: -row["wall, s"])
    return [*rows, _row("all", run.jobs)]


def _row(name: str, jobs: list[Job]) -> dict:
    def total(part: str) -> float | str:
        found = [value for job in jobs if (value := getattr(job, part)) is not None]
        return round(sum(found), 1) if found else "–"

    peaks = [job.memory_mb for job in jobs if job.memory_mb is not None]
    return {
        "jobs": name,
        "number": len(jobs),
        "wall, s": total("wall"),
        "waiting, s": total("waiting"),
        "CPU, s": total("cpu"),
        "starting": total("starting"),
        "arithmetic": total("arithmetic"),
        "rest": total("rest"),
        "peak, MB": round(max(peaks)) if peaks else "–",
    }


def summary(run: Run) -> str:
    busy = sum(job.wall for job in run.jobs)
    return (
        f"{len(run.jobs)} jobs on {run.cores} cores in {run.wall / 60:.1f} minutes, "
        f"jobs in {busy / (run.wall * run.cores):.0%} of the cores' time"
    )


def compared(before: list[dict], after: list[dict]) -> list[dict]:
    """Wall, CPU and starting seconds of two tables side by side."""
    first, second = ({row["jobs"]: row for row in rows} for rows in (before, after))
    order = [name for name in {**first, **second} if name != "all"]
    rows = []
    for name in [*order, "all"]:
        row = {"jobs": name}
        for column in ("number", "wall, s", "CPU, s", "starting"):
            for when, found in (("before", first), ("after", second)):
                row[f"{column} {when}"] = found.get(name, {}).get(column, "–")
        rows.append(row)
    return rows


def lanes(jobs: list[Job]) -> list[list[Job]]:
    """Jobs in as few rows as they fit into, none over another."""
    rows: list[list[Job]] = []
    for job in sorted(jobs, key=lambda job: job.start):
        # Snakemake's log knows whole seconds.
        row = next((row for row in rows if row[-1].end <= job.start + 1), None)
        if row is None:
            rows.append([job])
        else:
            row.append(job)
    return rows


def since_start(run: Run, moment: float) -> float:
    """Minutes of the run at a moment: without the pauses between the invocations of Snakemake."""
    return sum(min(max(moment - start, 0), end - start) for start, end in run.invocations) / 60


def draw(runs: dict[str, Run], path: Path) -> None:
    """One panel for each run: its jobs in lanes over minutes, starting paler where it is known."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(9, 1 + 1.6 * len(runs)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(runs), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        rows = lanes(run.jobs)
        for lane, jobs in enumerate(rows):
            for job in jobs:
                _draw_job(axes, run, lane, job)
        axes.set_title(f"{name}: {summary(run)}", loc="left", size=9)
        axes.set_yticks(range(len(rows)), [str(lane + 1) for lane in range(len(rows))])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_ylabel("jobs at once", size=8)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel("minutes since the start; paler: starting and ending")
    shown = {job.room for run in runs.values() for job in run.jobs}
    known = [(room, colour) for room, colour in COLOURS.items() if room in shown]
    handles = [Patch(color=colour, label=room or "grids, curves, pictures") for room, colour in known]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8)
    figure.savefig(path, dpi=150, metadata={"Software": None})


def _draw_job(axes, run: Run, lane: int, job: Job) -> None:
    start, end = since_start(run, job.start), since_start(run, job.end)
    paler = (job.starting / job.cpu if job.cpu and job.starting else 0) * (end - start)
    colour = COLOURS.get(job.room, COLOURS[""])
    for left, width, alpha in ((start, paler, 0.4), (start + paler, end - start - paler, 1)):
        axes.broken_barh([(left, width)], (lane - 0.4, 0.8), facecolor=colour, alpha=alpha, linewidth=0)
    axes.plot([end, end], [lane - 0.4, lane + 0.4], color="white", linewidth=0.4)


if __name__ == "__main__":
    main()
