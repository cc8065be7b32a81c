#!/bin/sh
# cancel.sh JOB...    whether they run or wait
for job; do
  aws batch terminate-job --job-id "$job" --reason 'Snakemake was stopped'
done
