# Old results stay where they are until new ones are complete. Snakemake deletes what a job is going to make before it
# runs, and again when it failed, since a command could leave half a file. Ours write by rename, so a file is old or
# new, never half. The flag `update` keeps old files too, but then a job that failed is recorded as if it had made
# them, and on a cluster they are deleted after all. Of rules of another workflow, which uses these as a module, nothing
# is known, so they run as ever.
import asyncio
import os
import time

from snakemake.jobs import Job

clear_away, record_complete_job = Job.remove_existing_output, Job.postprocess
OURS = workflow.globals


def begin_mark(job):
    """An empty file whose date is that of the job's begin; on a cluster another Snakemake writes it than reads it."""
    return job.dag.workflow.persistence.path / "begun" / job.uuid()


async def mark_begin(job):
    if job.rule.module_globals is not OURS:
        return await clear_away(job)
    for file in job.log:
        await file.remove(remove_non_empty_dir=False)
    begin_mark(job).parent.mkdir(exist_ok=True)
    begin_mark(job).touch()


def outputs(job, *, written):
    """The outputs that are there and were written, or not, since the job began."""
    # Without a mark no command was run (`snakemake --touch`).
    begun = begin_mark(job).stat().st_mtime_ns if begin_mark(job).exists() else 0
    return [
        file
        for file in job.output
        if os.path.exists(file) and (os.stat(file).st_ctime_ns >= begun) == written
    ]


async def record_if_complete(job, *arguments, error=False, **more):
    if job.rule.module_globals is not OURS:
        return await record_complete_job(job, *arguments, error=error, **more)
    if error:
        # Results as they were are still those of their records. Where one is new, all stay marked and are made again.
        if not outputs(job, written=True):
            for file in job.output:
                job.dag.workflow.persistence._unmark_incomplete(str(file))
        return
    # Other machines may see the new files late.
    end = time.monotonic() + job.dag.workflow.execution_settings.latency_wait
    while old := outputs(job, written=False):
        if time.monotonic() > end:
            raise WorkflowError(f"Rule {job.rule.name} ended well, but did not write {', '.join(old)}.")
        await asyncio.sleep(0.2)
    await record_complete_job(job, *arguments, **more)


Job.remove_existing_output = mark_begin
Job.postprocess = record_if_complete
