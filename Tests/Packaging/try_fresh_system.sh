#!/bin/sh
# Tries the Debian package and `make install` in a fresh Debian without Swift; needs root and debootstrap.
# usage: try_fresh_system.sh BUILT PACKAGE FOLDER
#   BUILT is SwiftPM's folder with static release programs, PACKAGE what `make deb` printed; FOLDER becomes
#   the system, and is kept if it is one already.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
built=$1
package=$2
root=$3
run='--eps 8/255 --attacks screen --examples 8 --progress none'

if [ ! -e "$root/etc/debian_version" ]; then
  # The mirror and the release of the machine at hand, as apt knows them.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  debootstrap --variant=minbase "$codename" "$root" "$mirror"
fi
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -ec "$1"; }

mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
cp "$package" "$root/tmp/robeval.deb"
inside 'if command -v swift; then exit 1; fi'
inside 'apt-get install -y -qq --no-install-recommends /tmp/robeval.deb >/dev/null'
echo "== package"
inside 'robeval --version; robtrain --version; ls -l /usr/share/man/man1/robeval-verify.1.gz'
inside "cd /tmp; rm -rf /tmp/packaged; robeval --model /usr/share/robeval/checkpoints/cifar10-resnet8-ikl-at.h5 --out /tmp/packaged $run"
inside 'robeval verify /tmp/packaged'
inside 'cd /tmp; robtrain recipes | head -n 3'

# The package goes, its libraries stay; what `make install` copies must then do the same.
inside 'dpkg --remove robeval >/dev/null; ! command -v robeval'
sh "$here/packaging/install.sh" "$built" "$root/opt/robeval"
echo "== make install"
inside "rm -rf /tmp/installed; /opt/robeval/bin/robeval --model /opt/robeval/share/robeval/checkpoints/cifar10-resnet8-ikl-at.h5 --out /tmp/installed $run"
cmp "$root/tmp/packaged/adversarial.h5" "$root/tmp/installed/adversarial.h5"
echo "both runs made the same adversarial images"
