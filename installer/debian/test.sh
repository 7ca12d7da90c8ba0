#!/usr/bin/env bash
# Installs the packages of build.sh in a clean Debian or Ubuntu (debootstrap, in a folder), runs the server there by its unit's
# command line as its unit's user, chats with it, upgrades it, removes and purges it; then boots that Debian with its own systemd
# (systemd-nspawn) and does it again with the real service: install, crash, hang, busy port, wrong setting, upgrade, restart of the
# machine. As root. The servers' ports are in a network name space of their own.
#   installer/debian/test.sh [--no-boot] [suite [folder of packages]]    by default: this machine's release, build/debian/packages
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. installer/setup.sh

[ "$(id -u)" = 0 ] || fail "has to be root: it makes a root folder and changes into it"
boot=yes
if [ "${1:-}" = --no-boot ]; then
    boot=
    shift
fi
suite=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
packages=$(realpath -m "${2:-build/debian/packages}")
ls "$packages"/concierge_*.deb >/dev/null 2>&1 || [ -n "${2:-}" ] || installer/debian/build.sh
apt_test+=(debootstrap iproute2 python3 systemd-container)
install_packages test
[ -d tests/clients/node_modules ] || (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error >&2)

work=$(mktemp -d /var/tmp/concierge-debian-XXXXXX)
root=$work/root
server= # without systemd
nspawn= # with it
init=
others=()
cleanup() {
    local pid
    for pid in "${others[@]}" $server; do kill "$pid" 2>/dev/null || true; done
    # Its process 1 takes its name space with it.
    [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
    [ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null || true
    for pid in "$root/proc" "$work/net"; do
        mountpoint -q "$pid" && umount "$pid"
    done
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
pause() { read -rt "${1:-0.2}" <> <(:) || true; }
clean_environment=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb)
inside() { chroot "$root" "${clean_environment[@]}" "$@"; }
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
says() { grep -qE -- "$1" "$2"; } # <words> <file>
no() { ! "$@"; }
# Nobody answers here: what asks, hangs, and fails. With a terminal, and nothing said of a front end, as in most people's hands.
apt() { # <log> <words...>
    local log=$1
    shift
    timeout 300 script -qec "$(printf '%q ' "${enter[@]}" "${clean_environment[@]}" apt-get "$@")" /dev/null </dev/null >"$log" 2>&1 || {
        cat "$log" >&2
        fail "apt-get $* failed or hung"
    }
    tr -d '\r' <"$log" | sed -n '/^Setting up concierge /,$p' | grep -v '^Processing triggers' || true
}
unit_value() { sed -n "s/^$1=//p" "$root/usr/lib/systemd/system/concierge.service" | head -n 1; }
configuration=$root/etc/concierge/concierge.conf
touch "$work/net"
unshare --net="$work/net" ip link set lo up
beside=(nsenter --net="$work/net") # no function: what is started by it in the background is to be ended by its id
chat() { "${beside[@]}" node installer/chat.mjs http://127.0.0.1:4000 "$@"; }

# What systemd would do with the unit, as far as there is a systemd: folders, user, command line, READY=1.
start_by_unit() {
    local user group command
    user=$(unit_value User)
    group=$(unit_value Group)
    command=$(unit_value ExecStart)
    inside install -d -o "$user" -g "$group" -m "$(unit_value RuntimeDirectoryMode)" /run/concierge
    echo "# as $user: $command"
    # The socket that READY=1 goes to is where the root's inside and outside have it alike: in the abstract name space.
    notify=@concierge-test-$$
    rm -f "$work/notify"
    "${beside[@]}" python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("\0" + sys.argv[1][1:]); s.settimeout(30)
print("bound", flush=True)
while True:
    text = s.recv(4096).decode()
    print(text.replace("\n", " | "), flush=True)
    if "READY=1" in text: break' "$notify" >"$work/notify" 2>&1 &
    local listener=$! _
    for _ in $(seq 100); do grep -qs bound "$work/notify" && break || pause 0.1; done
    "${beside[@]}" chroot --userspec="$user:$group" "$root" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 \
        QT_ENABLE_REGEXP_JIT=0 NOTIFY_SOCKET="$notify" sh -c "umask $(unit_value UMask); cd $(unit_value WorkingDirectory); exec $command" \
        >>"$work/server.log" 2>&1 &
    server=$!
    wait "$listener" || {
        cat "$work/server.log" >&2
        fail "the server did not say READY=1"
    }
    tail -n 1 "$work/notify"
    expect "the server runs as $user" test "$(awk '/^Uid/ { print $2 }' "/proc/$server/status")" = "$(inside id -u "$user")"
}
stop() {
    kill "$server"
    wait "$server" || fail "the server ended with $?"
    server=
    echo "stopped"
}
nothing_is_left() {
    local left
    left=$(cd "$root" && find etc var run usr root home opt -xdev -iname '*concierge*' ! -path 'var/cache/*' ! -path 'var/log/apt/*' \
        ! -path 'var/log/dpkg.log' ! -path 'usr/bin/concierge-monitor' | sort)
    expect "after purge nothing is left: ${left:-nothing}" test -z "$left"
    expect "nor its user and group" no grep -q '^concierge:' "$root/etc/passwd" "$root/etc/group"
    expect "nor its name in ucf's registry" no grep -qs concierge "$root/var/lib/ucf/hashfile" "$root/var/lib/ucf/registry"
}

step "a clean $suite"
mirror=http://deb.debian.org/debian
flags=()
script=
if [ ! -e "/usr/share/debootstrap/scripts/$suite" ] || grep -q ubuntu "/usr/share/debootstrap/scripts/$suite"; then
    mirror=http://archive.ubuntu.com/ubuntu
    flags=(--components=main,universe)
    script=/usr/share/debootstrap/scripts/gutsy
    [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || flags+=(--no-check-gpg)
fi
debootstrap --variant=minbase "${flags[@]}" "$suite" "$root" "${DEBIAN_MIRROR:-$mirror}" $script >"$work/debootstrap.log" \
    || fail "debootstrap failed: $(tail -n 3 "$work/debootstrap.log")"
mount -t proc proc "$root/proc"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/packages"
cp "$packages"/*.deb "$root/packages"
deb=$(basename "$(ls "$packages"/concierge_*.deb)")
version=$(dpkg-deb -f "$packages/$deb" Version)
# The version before: the same program, an older number, and a configuration file that knows a setting less and has another text.
dpkg-deb -R "$packages/$deb" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.9-1/' "$work/older/DEBIAN/control"
sed -i -e '/ALERT_LOOP_LAG/d' -e '1i # Of version 0.0.9.' "$work/older/usr/share/concierge/concierge.conf"
(cd "$work/older" && find usr -type f -print0 | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -b "$work/older" "$root/packages/older.deb" >/dev/null
enter=(chroot "$root")
inside apt-get update -qq

step "installing 0.0.9-1"
apt "$work/apt" install -y --no-install-recommends /packages/older.deb
show dpkg -L concierge
show stat -c '%A %U:%G %n' /usr/bin/concierge /etc/concierge/concierge.conf /var/lib/concierge /var/backups/concierge /var/log/concierge
show id concierge
expect "its user cannot sign in" says '^concierge:.*:/usr/sbin/nologin$' "$root/etc/passwd"
expect "the service is enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/concierge.service"
expect "only root and the group read the configuration" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
expect "who installs it is told where the settings are" says '/etc/concierge/concierge.conf' "$work/apt"
expect "and how to see whether it runs" says 'concierge status' "$work/apt"
expect "all files are as the package has them" test -z "$(inside dpkg --verify concierge)"

step "the unit, as systemd sees it"
inside systemd-analyze verify --man=no /usr/lib/systemd/system/concierge.service >"$work/verify" 2>&1 || fail "$(cat "$work/verify")"
cat "$work/verify"
expect "it finds nothing but what is for systemd 254" no grep -vqE "Unknown key.* 'Restart(Steps|MaxDelaySec)'" "$work/verify"
inside systemd-analyze security --offline=true --no-pager concierge.service | tail -n 1 | tee "$work/exposure"
exposure=$(grep -oE '[0-9]+\.[0-9]' "$work/exposure")
expect "its exposure is below 2 of 10: $exposure" awk "BEGIN { exit !($exposure < 2) }"

step "the server runs, clients chat"
start_by_unit
chat first
show_status() { "${beside[@]}" chroot "$root" "${clean_environment[@]}" concierge status; }
show_status
inside useradd -m -G concierge olga
inside useradd -m pavel
member() { "${beside[@]}" chroot --userspec="$1:$1" --groups="$2" "$root" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 concierge "${@:3}"; }
group=$(inside getent group concierge | cut -d: -f3)
member olga "$group" status >"$work/seen" || true
expect "a member of the group sees the server" says HEALTHY "$work/seen"
code=0
member pavel "$(inside id -g pavel)" status 2>"$work/refused" || code=$?
cat "$work/refused"
expect "others are told that they may not" test "$code" = 1 -a "$(wc -l <"$work/refused")" = 1
member pavel "$(inside id -g pavel)" --check-config >"$work/refused" 2>&1 || true
cat "$work/refused"
expect "nor which settings there are" says 'concierge.conf' "$work/refused"
inside concierge backup /var/backups/concierge/monday.db
stop

step "upgrading to $version: a changed configuration, a message that waits"
printf 'MAX_TEXT_LENGTH=4\n' >>"$configuration"
cp "$configuration" "$work/changed.conf"
apt "$work/apt" install -y --no-install-recommends "/packages/$deb"
show dpkg-query -W concierge
expect "the configuration is kept" cmp "$work/changed.conf" "$configuration"
expect "and its rights" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
expect "the new one is beside it" cmp "$configuration.ucf-dist" "$root/usr/share/concierge/concierge.conf"
expect "which has what is new" says ALERT_LOOP_LAG "$configuration.ucf-dist"
expect "and that is told" says 'concierge.conf.ucf-dist' "$work/apt"
start_by_unit
chat second
chat first
stop

step "remove, and install again"
apt "$work/apt" remove -y concierge
expect "the program is gone" test ! -e "$root/usr/bin/concierge"
expect "the data and the configuration are there" test -e "$root/var/lib/concierge/concierge.db" -a -e "$configuration" -a -e "$root/var/backups/concierge/monday.db"
apt "$work/apt" install -y --no-install-recommends "/packages/$deb"
expect "with the configuration of before" cmp "$work/changed.conf" "$configuration"
start_by_unit
chat second
chat first
stop

step "a backup that root makes, put back as the README says"
show concierge backup /var/backups/concierge/tuesday.db
start_by_unit
chat second
stop
inside chown concierge /var/backups/concierge/tuesday.db
show setpriv --reuid=concierge --regid=concierge --init-groups concierge restore /var/backups/concierge/tuesday.db
start_by_unit
chat second
stop

step "the monitor"
if ls "$packages"/concierge-monitor_*.deb >/dev/null 2>&1; then
    apt "$work/apt" install -y --no-install-recommends "/packages/$(basename "$(ls "$packages"/concierge-monitor_*.deb)")"
    show env QT_QPA_PLATFORM=offscreen concierge-monitor --version
    inside ldd /usr/bin/concierge-monitor /usr/bin/concierge >"$work/libraries"
    expect "no library of it is missing" no says 'not found' "$work/libraries"
    apt "$work/apt" purge -y concierge-monitor
    expect "and it goes again" test ! -e "$root/usr/bin/concierge-monitor" -a ! -e "$root/usr/share/applications/concierge-monitor.desktop"
else
    echo "there is no package of it in $packages"
fi

step "purge, with data, backups and a log"
touch "$root/var/log/concierge/concierge.log"
apt "$work/apt" purge -y concierge
nothing_is_left

step "upgrading with the configuration as it came"
apt "$work/apt" install -y --no-install-recommends /packages/older.deb >/dev/null
expect "it begins as the old version's" says '^# Of version 0.0.9' "$configuration"
apt "$work/apt" install -y --no-install-recommends "/packages/$deb"
expect "it ends as the new version's" cmp "$root/usr/share/concierge/concierge.conf" "$configuration"
expect "with its rights" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
expect "and nothing beside it" test ! -e "$configuration.ucf-dist"
rm "$configuration"
apt "$work/apt" install -y --reinstall --no-install-recommends "/packages/$deb" >/dev/null
expect "one that was removed comes back" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
echo MAX_TEXT_LENGTH=4 >>"$configuration"
sed -i '1i # Of version 9.' "$work/older/usr/share/concierge/concierge.conf"
for number in 9.1 9.2; do # the same new settings in both
    sed -i "s/^Version: .*/Version: $number-1/" "$work/older/DEBIAN/control"
    (cd "$work/older" && find usr -type f -print0 | xargs -0 md5sum >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -b "$work/older" "$root/packages/$number.deb" >/dev/null
    apt "$work/apt" install -y --no-install-recommends "/packages/$number.deb" >/dev/null
    expect "the new settings are beside changed ones, and stay there: $number" cmp "$configuration.ucf-dist" "$root/usr/share/concierge/concierge.conf"
done
apt "$work/apt" purge -y concierge >/dev/null
nothing_is_left

step "what may be in the way"
inside dpkg --unpack "/packages/$deb" >/dev/null
mkdir "$root/broken"
printf '#!/bin/sh\nexit 1\n' >"$root/broken/ucf"
chmod 755 "$root/broken/ucf"
expect "an installation that breaks off" no inside env PATH=/broken:/usr/sbin:/usr/bin:/sbin:/bin dpkg --configure concierge >/dev/null 2>&1
rm -r "$root/broken"
expect "leaves the settings to root and the group" test "$(inside stat -c '%a %U:%G' /etc/concierge/concierge.conf)" = "640 root:concierge"
inside dpkg --configure -a >/dev/null 2>&1
expect "and goes on" test "$(inside dpkg-query -W -f '${db:Status-Abbrev}' concierge)" = "ii "
mount -t tmpfs -o size=1m tmpfs "$root/var/lib/concierge"
touch "$root/var/lib/concierge/concierge.db"
apt "$work/apt" purge -y concierge >/dev/null
expect "a folder that is a disk of its own is emptied" test -z "$(ls -A "$root/var/lib/concierge")"
expect "and that is told" says '/var/lib/concierge could not be removed' "$work/apt"
umount "$root/var/lib/concierge"
rmdir "$root/var/lib/concierge"
nothing_is_left
inside useradd -m -c "Jane Human" concierge
expect "a person's account of that name" no inside dpkg -i "/packages/$deb" >"$work/refused" 2>&1
grep '^concierge: ' "$work/refused"
expect "is named" says 'there is an account "concierge" already.*Jane Human' "$work/refused"
inside dpkg -P concierge >/dev/null 2>&1 || true
expect "and is there afterwards" inside id concierge
inside userdel -r concierge 2>/dev/null
umount "$root/proc"

if [ -z "$boot" ]; then
    step "passed, without a systemd that runs (--no-boot)"
    exit
fi
. installer/debian/test-boot.sh
step "passed"
