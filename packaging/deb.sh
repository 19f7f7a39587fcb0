#!/bin/sh
# Makes a Debian package of what was built.
# usage: deb.sh BUILT FOLDER      the package is FOLDER/robeval_VERSION_ARCHITECTURE.deb
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built=$1
folder=$2
maintainer=${DEB_MAINTAINER:-The robeval maintainers <maintainers@robeval.invalid>}

mkdir -p "$folder"
# dpkg-shlibdeps wants to run elsewhere.
folder=$(cd "$folder" && pwd)
version=$("$built/robeval" --version | cut -d ' ' -f 2)
architecture=$(dpkg --print-architecture)
package="$folder/robeval_${version}_$architecture.deb"
work=$(mktemp -d "$folder/deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
root="$work/debian/robeval"

sh "$here/install.sh" "$built" "$root/usr"
# Debian keeps licences, completions of zsh and compressed pages where its policy says.
mv "$root/usr/share/doc/robeval/LICENSE" "$root/usr/share/doc/robeval/copyright"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
gzip -9n "$root"/usr/share/man/man1/*.1

# The libraries that the programs really load, with the versions they need.
printf 'Source: robeval\n\nPackage: robeval\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/robeval" -e"$root/usr/bin/robtrain" \
  2>"$work/warnings" | sed -n 's/^shlibs:Depends=//p')
test -n "$depends" || { cat "$work/warnings" >&2; exit 1; }

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: robeval
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $depends
Section: science
Priority: optional
Description: measures how robust image classifiers are
 Attacks a network's checkpoint with AutoAttack and other attacks, confirms every
 adversarial image, and writes a report that others can verify; robtrain trains
 networks by published recipes of adversarial training.
CONTROL
(cd "$root" && find usr -type f -exec md5sum {} + | sort -k 2 >DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$root"
dpkg-deb --root-owner-group -Zzstd --build "$root" "$package" >/dev/null
echo "$package"
