#!/bin/sh
# Submits an evaluation as a job array and the merge that follows it.
#   usage: [ROBEVAL=.build/release/robeval] [SBATCH_FLAGS="--cpus-per-task=16 --time=4:00:00"]
#          submit.sh FOLDER SHARDS --model ... --eps ... [options of robeval]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shards=$2
shift 2
mkdir -p "$folder"
# shellcheck disable=SC2086  # several flags in one variable
array=$(sbatch --parsable --array="0-$((shards - 1))" ${SBATCH_FLAGS:-} \
  "$here/shards.sbatch" "$folder" "$@")
merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes \
  "$here/merge.sbatch" "$folder")
echo "array $array, merge $merge"
