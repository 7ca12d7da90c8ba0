#!/usr/bin/env bash
# Installs the packages of build.sh in a clean Debian (debootstrap, in a folder), runs the server there by its unit's command
# line as its unit's user, chats with it, upgrades it, removes and purges it. As root; the network is the machine's.
#   installer/debian/test.sh [suite]    bookworm by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. installer/setup.sh

[ "$(id -u)" = 0 ] || fail "has to be root: it makes a root folder and changes into it"
suite=${1:-bookworm}
packages=$PWD/build/debian/packages
ls "$packages"/concierge_*.deb >/dev/null 2>&1 || installer/debian/build.sh
apt_test+=(debootstrap python3)
install_packages test
[ -d tests/clients/node_modules ] || (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error >&2)

work=$(mktemp -d /var/tmp/concierge-debian-XXXXXX)
root=$work/root
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    mountpoint -q "$root/proc" && umount "$root/proc"
    rm -rf "$work"
}
trap cleanup EXIT
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
show() {
    echo "# $*"
    inside "$@"
}
expect() { # <what> <command...>
    local what=$1
    shift
    "$@" || fail "not so: $what"
    echo "ok: $what"
}
unit_value() { sed -n "s/^$1=//p" "$root/lib/systemd/system/concierge.service" | head -n 1; }

# What systemd would do with the unit, as far as there is a systemd: folders, user, command line, READY=1.
start_by_unit() {
    local user command
    user=$(unit_value User)
    command=$(unit_value ExecStart)
    inside install -d -o "$user" -g "$(unit_value Group)" -m "$(unit_value RuntimeDirectoryMode)" /run/concierge
    echo "# as $user: $command"
    # The socket that READY=1 goes to is where the root's inside and outside have it alike: in the abstract name space.
    notify=@concierge-test-$$
    python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("\0" + sys.argv[1][1:]); s.settimeout(30)
print("bound", flush=True)
while True:
    text = s.recv(4096).decode()
    print(text.replace("\n", " | "), flush=True)
    if "READY=1" in text: break' "$notify" >"$work/notify" 2>&1 &
    local listener=$!
    for _ in $(seq 100); do grep -q bound "$work/notify" && break || read -rt 0.1 <> <(:) || true; done
    chroot --userspec="$user:$(unit_value Group)" "$root" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 \
        QT_ENABLE_REGEXP_JIT=0 NOTIFY_SOCKET="$notify" sh -c "umask $(unit_value UMask); cd /var/lib/concierge; exec $command" \
        >>"$work/server.log" 2>&1 &
    server=$!
    wait "$listener" || {
        cat "$work/server.log" >&2
        fail "the server did not say READY=1"
    }
    tail -n 1 "$work/notify"
}
stop() {
    kill "$server"
    wait "$server" || fail "the server ended with $?"
    server=
    echo "stopped"
}
chat() { node installer/debian/chat.mjs "http://127.0.0.1:4000" "$@"; }

step "a clean Debian: $suite"
debootstrap --variant=minbase "$suite" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" \
    || fail "debootstrap failed: $(tail -n 3 "$work/debootstrap.log")"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/packages"
cp "$packages"/*.deb "$root/packages"
deb=$(basename "$(ls "$packages"/concierge_*.deb)")
version=$(dpkg-deb -f "$packages/$deb" Version)
# The version before: the same files, an older number.
dpkg-deb -R "$packages/$deb" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.9-1/' "$work/older/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/older" "$root/packages/older.deb" >/dev/null

step "installing 0.0.9-1"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /packages/older.deb 2>&1 | grep -A9 '^Setting up concierge' || true
show dpkg -L concierge
show stat -c '%A %U:%G %n' /usr/bin/concierge /etc/concierge/concierge.conf /var/lib/concierge /var/backups/concierge
show id concierge
expect "the service is enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/concierge.service"
expect "only root and the group read the configuration" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"

step "the server runs, clients chat"
start_by_unit
chat first
show concierge status
inside useradd -m -G concierge olga
inside useradd -m pavel
member() { chroot --userspec="$1:$1" --groups="$2" "$root" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 concierge status; }
group=$(inside getent group concierge | cut -d: -f3)
expect "a member of the group sees the server" member olga "$group" >/dev/null
code=0
member pavel "$(inside id -g pavel)" 2>"$work/refused" || code=$?
cat "$work/refused"
expect "others are told that they may not" test "$code" = 1
inside concierge backup /var/backups/concierge/monday.db
stop

step "upgrading to $version, with a changed configuration and a message that waits"
printf 'MAX_TEXT_LENGTH=4\n' >>"$root/etc/concierge/concierge.conf"
inside apt-get install -y -qq --no-install-recommends "/packages/$deb" 2>&1 | grep -E '^Setting up concierge' || true
show dpkg-query -W concierge
expect "the configuration is kept" grep -q '^MAX_TEXT_LENGTH=4$' "$root/etc/concierge/concierge.conf"
expect "and its rights" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
start_by_unit
chat second
stop

step "the monitor"
inside apt-get install -y -qq --no-install-recommends "/packages/$(basename "$(ls "$packages"/concierge-monitor_*.deb)")" >/dev/null 2>&1
show sh -c 'QT_QPA_PLATFORM=offscreen concierge-monitor --version'
expect "no library of it is missing" test -z "$(inside sh -c 'ldd /usr/bin/concierge-monitor /usr/bin/concierge | grep "not found"' || true)"

step "remove, then purge"
inside apt-get remove -y -qq concierge >/dev/null
expect "after remove the data and the configuration are there" test -e "$root/var/lib/concierge/concierge.db" -a -e "$root/etc/concierge/concierge.conf"
rm "$root/var/backups/concierge/monday.db"
inside apt-get purge -y -qq concierge concierge-monitor >/dev/null
left=$(cd "$root" && find etc var run usr lib -xdev -name '*concierge*' ! -path 'var/cache/*' ! -path 'var/log/*' | sort)
expect "after purge nothing is left: ${left:-nothing}" test -z "$left"
expect "nor its user and group" sh -c "! chroot '$root' getent passwd concierge && ! chroot '$root' getent group concierge"
step "passed"
