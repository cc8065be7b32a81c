#!/bin/sh
# submit.sh IMAGE CLAIM PATH THREADS MEM_MB MINUTES GPUS SCRIPT    makes a Kubernetes Job and prints its name
set -eu
image=$1 claim=$2 path=$3 threads=$4 memory=$5 minutes=$6 gpus=$7 script=$8
# Other makers' GPUs have other names, such as amd.com/gpu.
limits="memory: ${memory}M"
[ "$gpus" = 0 ] || limits="$limits, nvidia.com/gpu: $gpus"
kubectl create --output=name --filename=- << END
apiVersion: batch/v1
kind: Job
metadata:
  generateName: aiart-
  labels: {app: aiart}
spec:
  backoffLimit: 0
  ttlSecondsAfterFinished: 86400
  template:
    spec:
      restartPolicy: Never
      activeDeadlineSeconds: $((minutes * 60))
      containers:
        - name: job
          image: $image
          command: [sh, "$script"]
          workingDir: "$PWD"
          resources:
            requests: {cpu: $threads, memory: ${memory}M}
            limits: {$limits}
          volumeMounts:
            - {name: checkout, mountPath: $path}
      volumes:
        - name: checkout
          persistentVolumeClaim: {claimName: $claim}
END
