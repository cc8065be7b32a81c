# TensorFlow takes seconds to import. A process of this run does it once, and forks a child for each job
# (docs/warm-starts.md, src/aiart/warm). Jobs that it does not serve start by themselves.
import atexit
import os
import sys
from contextlib import suppress

import psutil
import snakemake.benchmark
from snakemake.shell import shell

from aiart.warm.run import Run


def start_warm_starts():
    """Have the jobs of this run ask for a warm start, where there can be one."""
    in_environments = workflow.deployment_settings.deployment_method
    if sys.platform != "linux" or in_environments or os.environ.get("AIART_WARM_STARTS") == "0":
        return
    run = Run(shell_prefix(), shell.get_executable(), log=".snakemake/warm_starts.log")
    atexit.register(run.end)
    set_shell_prefix(shell_prefix() + run.export)
    snakemake.benchmark.BenchmarkTimer = timer_of(run)


def timer_of(run):
    """Snakemake's timer measures a job's shell and its children, of which a warm job is none."""

    class ShellOfJob(psutil.Process):
        def children(self, recursive=False):
            found = super().children(recursive)
            for facts in run.jobs_of(self.pid):
                with suppress(psutil.NoSuchProcess):
                    if "cpu" not in facts:
                        job = psutil.Process(facts["job"])
                        found += [job, *job.children(recursive=True)]
            return found

    class Timer(snakemake.benchmark.BenchmarkTimer):
        def __init__(self, pid, *arguments):
            super().__init__(pid, *arguments)
            run.forget_ended(pid)
            self.main = ShellOfJob(pid)

        def cancel(self):
            super().cancel()
            record = self.bench_record
            for facts in run.jobs_of(self.pid):
                if "cpu" in facts:
                    # As Linux counted; a short job ends between two looks at it.
                    seen = [key for key in record.processed_procs if key[0] == facts["job"]]
                    record.processed_procs[seen[0] if seen else (facts["job"], "aiart")] = facts["cpu"]
                    record.cpu_time = sum(record.processed_procs.values())
                    record.max_rss = max(record.max_rss or 0, facts["rss"])
            run.forget_ended(self.pid)

    return Timer
