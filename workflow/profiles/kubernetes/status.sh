#!/bin/sh
# status.sh JOB    prints running, success or failed, in the words that Snakemake wants to hear.
# While Kubernetes does not answer, the job counts as running, and is asked after again.
case $(kubectl get "$1" --output=jsonpath='{.status.conditions[?(@.status=="True")].type}') in
  *Complete*) echo success ;;
  *Fail*) echo failed ;;
  *) echo running ;;
esac
