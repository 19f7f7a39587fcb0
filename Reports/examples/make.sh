#!/bin/sh
# Makes the analyses of Reports/examples again, in the repository's root:
#
#   sh Reports/examples/make.sh .build/release/robeval cifar-10-batches-bin
#
# The second argument is the folder of CIFAR-10, for class margins of all test images; all else is on the built-in sample.
set -e
robeval=${1:?the program}
data=${2:?the folder of CIFAR-10}
unset ROBEVAL_DATA
examples=Reports/examples
networks=checkpoints/cifar10-resnet8
all="$networks-natural.h5 $networks-pgdat.h5 $networks-trades.h5 $networks-trades-awp.h5 $networks-ikl-at.h5 $networks-ltd.h5"

for recipe in natural pgdat trades trades-awp ikl-at ltd; do
  "$robeval" --model $networks-$recipe.h5 --eps 8/255 --attacks "pgd(steps=20,restarts=1)" --out Reports/$recipe
done
for recipe in pgdat trades ikl-at; do
  "$robeval" --model $networks-$recipe.h5 --eps 1/255,2/255,4/255,6/255,8/255,12/255 --examples 200 \
    --attacks "apgd-ce(steps=20),fab-t(steps=10,targets=3)" --out Reports/curve-$recipe
done

"$robeval" analyze margin $networks-ikl-at.h5 $networks-trades.h5 --data "$data" --out $examples/margin
"$robeval" analyze features $networks-ikl-at.h5 $networks-trades.h5 --out $examples/features
"$robeval" analyze transfer Reports/natural Reports/pgdat Reports/trades Reports/trades-awp Reports/ikl-at Reports/ltd $all \
  --out $examples/transfer
"$robeval" analyze curve Reports/curve-pgdat Reports/curve-trades Reports/curve-ikl-at --out $examples/curve
"$robeval" analyze ambiguous $networks-natural.h5 --show 8 --out $examples/ambiguous
"$robeval" analyze discrepancy --out $examples/discrepancy
"$robeval" analyze similarity $networks-natural.h5 $networks-ltd.h5 $networks-trades.h5 $networks-ikl-at.h5 --examples 60 \
  --steps 200 --out $examples/similarity
"$robeval" analyze diversity $networks-natural.h5 --examples 20 --radius 3 --steps 20 --sigma median --out $examples/diversity
