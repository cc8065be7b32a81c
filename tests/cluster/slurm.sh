#!/usr/bin/env bash
# A whole Slurm on this one machine, for the tests: no systemd, no cgroups, no accounting database.
#
#   sudo tests/cluster/slurm.sh install     Debian's packages (Debian 12: Slurm 22.05)
#   sudo tests/cluster/slurm.sh start       munged, slurmctld and slurmd; ready when it returns
#   sudo tests/cluster/slurm.sh stop        ends all jobs and daemons and removes every trace
#        tests/cluster/slurm.sh status
#
# The node has all cores of the machine and one GPU that is none: a device file, so that jobs which ask for
# a GPU wait for one another. Jobs of the partition `urgent` push those of `main` back into the queue.
set -euo pipefail

FOLDER=/run/aiart-test-slurm
CONF=$FOLDER/slurm.conf
# Jobs are started with a clean environment, so their srun looks for its settings here and nowhere else.
LINK=/etc/slurm/slurm.conf

fail() {
  echo "slurm.sh: $*" >&2
  exit 1
}

install() {
  [ "$(id -u)" = 0 ] || fail "only root can install packages."
  command -v apt-get > /dev/null || fail "this machine has no apt-get; install Slurm and munge by its own means."
  export DEBIAN_FRONTEND=noninteractive
  # Fails soon where there is no network.
  local patience=(-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
  apt-get update -q "${patience[@]}"
  # Their own services are of no use here, and fail where there is no systemd.
  apt-get install -y -q "${patience[@]}" --no-install-recommends slurmctld slurmd slurm-client munge
}

write_settings() {
  local host=$1 memory
  memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
  cat > "$CONF" << END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$FOLDER/state
SlurmdSpoolDir=$FOLDER/spool
SlurmctldPidFile=$FOLDER/slurmctld.pid
SlurmdPidFile=$FOLDER/slurmd.pid
SlurmctldLogFile=$FOLDER/slurmctld.log
SlurmdLogFile=$FOLDER/slurmd.log
AuthType=auth/munge
# A job that was pushed back starts again once its old credential has expired: seconds instead of minutes.
AuthInfo=socket=$FOLDER/munge/socket,cred_expire=10
# Without cgroups, memory is measured every second, and a step that has more than its job asked for is ended.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# With no accounting, squeue answers for finished jobs; it remembers them for so many seconds.
MinJobAge=300
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MpiDefault=none
ReturnToService=2
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 State=UP
PartitionName=urgent Nodes=ALL PriorityTier=2 PreemptMode=OFF State=UP
END
  mknod "$FOLDER/gpu0" c 1 3 # the device of /dev/null
  echo "Name=gpu File=$FOLDER/gpu0" > "$FOLDER/gres.conf"
}

start() {
  [ "$(id -u)" = 0 ] || fail "only root can start Slurm's daemons."
  command -v slurmctld slurmd munged > /dev/null || fail "Slurm is not installed; run $0 install."
  [ ! -e "$FOLDER" ] || fail "it is running already, or was not stopped; run $0 stop."
  [ ! -e "$LINK" ] || fail "$LINK exists: this machine belongs to another Slurm."
  local host
  host=$(hostname -s)
  mkdir -p "$FOLDER"/{state,spool,munge} "$(dirname "$LINK")"
  chmod 755 "$FOLDER"
  write_settings "$host"
  ln -s "$CONF" "$LINK"
  ln -s "$FOLDER/gres.conf" "$(dirname "$LINK")/gres.conf"

  head -c 1024 /dev/urandom > "$FOLDER/munge/key"
  chmod 400 "$FOLDER/munge/key"
  chown -R munge: "$FOLDER/munge"
  runuser -u munge -- munged --key-file="$FOLDER/munge/key" --socket="$FOLDER/munge/socket" \
    --pid-file="$FOLDER/munge/munged.pid" --log-file="$FOLDER/munge/log" --seed-file="$FOLDER/munge/seed"
  slurmctld -f "$CONF"
  slurmd -f "$CONF" -N "$host"
  for _ in $(seq 40); do
    if sinfo --noheader --format=%T 2> /dev/null | grep -q idle; then
      sinfo --Node --format='%N %P %T %c cores %m MB %G'
      return
    fi
    sleep 0.5
  done
  tail -n 20 "$FOLDER"/*.log >&2
  fail "the node did not become idle; its logs are above."
}

stop() {
  [ "$(id -u)" = 0 ] || fail "only root can stop Slurm's daemons."
  if [ -e "$FOLDER" ]; then
    scancel --user=root 2> /dev/null || true
    for _ in $(seq 40); do
      [ -n "$(squeue --noheader 2> /dev/null || true)" ] || break
      sleep 0.25
    done
    for name in slurmd slurmctld munge/munged; do
      if [ -e "$FOLDER/$name.pid" ]; then
        local pid
        pid=$(cat "$FOLDER/$name.pid")
        kill "$pid" 2> /dev/null || true
        for _ in $(seq 40); do
          kill -0 "$pid" 2> /dev/null || break
          sleep 0.25
        done
      fi
    done
  fi
  [ "$(readlink "$LINK" || true)" != "$CONF" ] || rm "$LINK"
  [ "$(readlink "$(dirname "$LINK")/gres.conf" || true)" != "$FOLDER/gres.conf" ] || rm "$(dirname "$LINK")/gres.conf"
  rm -rf "$FOLDER"
}

status() {
  sinfo --Node --format='%N %P %T %c cores %m MB %G'
  squeue --states=all
}

case ${1:-} in
  install | start | stop | status) "$1" ;;
  *) fail "say install, start, stop or status." ;;
esac
