#!/bin/sh
# Measures robeval on a device beside PyTorch: speed, agreement, equal bits, and a whole run.
# usage: run.sh ARCHIVE PYTHON DEVICE [SIZE]
#   ARCHIVE  from `make static`
#   PYTHON   an interpreter with PyTorch 2.10 or later
#   DEVICE   cuda or cpu
#   SIZE     full, or small for trying the script out
set -u
here=$(cd "$(dirname "$0")" && pwd)
archive=$1
python=$2
device=$3
size=${4:-full}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xf "$archive" || exit 1
programs="$work/robeval/bin"
PATH="$(dirname "$python"):$PATH"
export PATH
cd "$work/robeval/share/robeval" || exit 1

if [ "$size" = full ]; then
  networks="wrn-34-10 wrn-28-10 resnet-18-cifar"; precisions="float32 tf32 half bfloat16"
  batch=256; passes=10; images=256; lanes=8
else
  networks="wrn-16-2"; precisions="float32"
  batch=8; passes=2; images=8; lanes=2
fi

"$programs/robeval" --version
"$programs/robeval" devices
for network in $networks; do
  for precision in $precisions; do
    "$programs/robeval" device-benchmark --arch "$network" --device "$device" \
      --precision "$precision" --batch "$batch" --passes "$passes"
  done
done
for network in $networks; do
  "$programs/robeval" device-benchmark --arch "$network" --device "$device" \
    --batch "$batch" --passes "$passes" --lanes 4
done
"$python" "$here/pytorch_speed.py" "$device" "$batch" "$passes" $networks

model=checkpoints/cifar10-resnet8-trades.h5
for run in "torch --device $device" "torch --device $device --lanes 2 --width 7" onednn; do
  echo "--backend $run"
  # shellcheck disable=SC2086
  "$programs/robeval" --model $model --eps 8/255 --examples "$images" --attacks standard \
    --backend $run --out "$work/run-$(echo "$run" | sed "s,[^a-z0-9],-,g")" 2>&1 | tail -8
done
for folder in "$work"/run-torch*; do
  echo "verify $(basename "$folder")"
  "$programs/robeval" verify "$folder" --model $model 2>&1 | tail -3
  "$programs/robeval" diff "$folder" "$work/run-onednn" 2>&1 | tail -3
done
