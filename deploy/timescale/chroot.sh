#!/bin/sh
# Debian 13 with PostgreSQL 17 and TimescaleDB (Apache edition) in a folder of its own, for tests.
#
#     deploy/timescale/chroot.sh FOLDER
#
# Needs root and debootstrap, about 60 s and 400 MB. Nothing outside FOLDER is touched, and a
# FOLDER that is complete is left alone. Installing Debian 13's packages straight into Debian 12
# would replace its C library; a folder does not.
set -eu
folder=${1:?usage: chroot.sh FOLDER}
# Where this machine gets its own Debian packages, unless told otherwise; empty: debootstrap's choice.
own=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
    'Component: main' 2>/dev/null | grep -v security | head -n 1) || own=
mirror=${VIGIL_DEBIAN_MIRROR:-$own}
half=$folder.half

[ -e "$folder/complete" ] && exit 0
[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "apt-get install -y debootstrap" >&2; exit 1; }

leave() { umount "$half/proc" 2>/dev/null || true; umount "$half/dev" 2>/dev/null || true; }
trap leave EXIT INT TERM
leave
rm -rf --one-file-system "$half" "$folder"
mkdir -p "$(dirname "$half")"

debootstrap --variant=minbase trixie "$half" ${mirror:+"$mirror"}
printf '#!/bin/sh\nexit 101\n' > "$half/usr/sbin/policy-rc.d"
chmod 755 "$half/usr/sbin/policy-rc.d"
mkdir -p "$half/etc/postgresql-common"
echo 'create_main_cluster = false' > "$half/etc/postgresql-common/createcluster.conf"
# /proc and /dev are wanted by the packages' own scripts only, and not every machine lets us mount.
mount -t proc proc "$half/proc" 2>/dev/null || true
mount --bind /dev "$half/dev" 2>/dev/null || true
chroot "$half" apt-get update -q
DEBIAN_FRONTEND=noninteractive chroot "$half" apt-get install -q -y --no-install-recommends \
    postgresql-17 postgresql-17-timescaledb
chroot "$half" apt-get clean
leave
touch "$half/complete"
mv "$half" "$folder"
