#!/bin/sh
# Copies what was built below a folder: programs, sample images, checkpoints, manual pages, completions.
# usage: install.sh BUILT FOLDER      BUILT is SwiftPM's folder, FOLDER for instance /usr/local
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
built=$1
target=$2

install -d "$target/bin" "$target/share/robeval/Samples" "$target/share/robeval/checkpoints" \
  "$target/share/doc/robeval" "$target/share/man/man1" "$target/share/bash-completion/completions" \
  "$target/share/zsh/site-functions" "$target/share/fish/vendor_completions.d"
for program in robeval robtrain; do
  install -m 755 --strip "$built/$program" "$target/bin/$program"
  python3 "$here/manual_pages.py" "$target/bin/$program" "$target/share/man/man1"
  "$target/bin/$program" --generate-completion-script bash \
    >"$target/share/bash-completion/completions/$program"
  "$target/bin/$program" --generate-completion-script zsh >"$target/share/zsh/site-functions/_$program"
  "$target/bin/$program" --generate-completion-script fish \
    >"$target/share/fish/vendor_completions.d/$program.fish"
done
install -m 644 "$source"/Sources/Datasets/Samples/*.h5 "$source/Sources/Datasets/Samples/README.md" \
  "$target/share/robeval/Samples"
install -m 644 "$source"/checkpoints/*.h5 "$source/checkpoints/README.md" "$target/share/robeval/checkpoints"
install -m 644 "$source/README.md" "$source/CHANGELOG.md" "$source/LICENSE" "$source/CITATION.cff" \
  "$target/share/doc/robeval"
