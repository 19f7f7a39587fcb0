#!/bin/sh
# Packs programs with the libraries they load, for machines with neither Swift nor those libraries.
# usage: bundle.sh BUILT FILE      FILE is the archive, for instance robeval-linux.tar.xz
# The programs must find ../lib: link them with the run path $ORIGIN/../lib, as `make static` does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built=$1
file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/robeval"

install -d "$root/bin" "$root/lib" "$root/share/robeval/Samples" "$root/share/robeval/checkpoints"
for program in robeval robtrain; do
  install -m 755 --strip "$built/$program" "$root/bin/$program"
done
# What every Linux has stays: the C library, and the C++ library that PyTorch needs too.
ldd "$root/bin/robeval" "$root/bin/robtrain" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
  grep -Ev '/(libc|libm|libpthread|libdl|librt|libutil|libresolv|libstdc\+\+|libgcc_s|ld-linux[^/]*)\.so' |
  while read -r library; do install -m 644 --strip "$library" "$root/lib"; done
install -m 644 "$here"/../Sources/Datasets/Samples/*.h5 "$root/share/robeval/Samples"
# The archive stays small enough to carry about.
find "$here/../checkpoints" -name '*.h5' -size -4M -exec install -m 644 {} "$root/share/robeval/checkpoints" \;
install -m 644 "$here/../LICENSE" "$root"
tar -C "$work" -cJf "$file" robeval
ls -l "$file"
