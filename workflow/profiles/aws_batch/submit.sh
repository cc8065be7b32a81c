#!/bin/sh
# submit.sh QUEUE DEFINITION RULE THREADS MEM_MB MINUTES GPUS SCRIPT    sends a job to AWS Batch and prints its id
set -eu
queue=$1 definition=$2 rule=$3 threads=$4 memory=$5 minutes=$6 gpus=$7 script=$8
need="{\"type\": \"VCPU\", \"value\": \"$threads\"}, {\"type\": \"MEMORY\", \"value\": \"$memory\"}"
[ "$gpus" = 0 ] || need="$need, {\"type\": \"GPU\", \"value\": \"$gpus\"}"
exec aws batch submit-job --job-name "aiart-$rule" --job-queue "$queue" --job-definition "$definition" \
  --container-overrides "{\"command\": [\"sh\", \"$script\"], \"resourceRequirements\": [$need]}" \
  --timeout "attemptDurationSeconds=$((minutes * 60))" --query jobId --output text
