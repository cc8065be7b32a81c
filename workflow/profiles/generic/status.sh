#!/bin/sh
# status.sh pbs|sge|lsf ID    prints running, success or failed, in the words that Snakemake wants to hear.
# While a scheduler does not answer, the job counts as running, and is asked after again.
id=$2
case $1 in
  pbs)
    case $(qstat -x -f "$id") in
      *'job_state = F'*'Exit_status = 0'*) echo success ;;
      *'job_state = F'*) echo failed ;;
      *) echo running ;;
    esac
    ;;
  sge)
    # qstat knows queued and running jobs, qacct those that have ended, some seconds later. One that was deleted
    # before it ran is known to neither.
    case $(qstat -j "$id" 2>&1) in
      *'do not exist'*)
        for pause in 2 8 20 0; do
          ended=$(qacct -j "$id" 2> /dev/null | awk '$1 == "failed" || $1 == "exit_status" { print $2 }' | xargs)
          [ -z "$ended" ] || break
          sleep "$pause"
        done
        if [ "$ended" = '0 0' ]; then echo success; else echo failed; fi
        ;;
      *) echo running ;;
    esac
    ;;
  lsf)
    case $(bjobs -noheader -o stat "$id") in
      DONE) echo success ;;
      EXIT) echo failed ;;
      *) echo running ;;
    esac
    ;;
esac
