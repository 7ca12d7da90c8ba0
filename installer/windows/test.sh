#!/usr/bin/env bash
# Tries the Windows installer under wine: installer/windows/test.sh OLD.exe NEW.exe EVIDENCE
# OLD and NEW are two installers, NEW of a higher version (build.sh --version). The transcript and pictures go to EVIDENCE.
# Needs what build.sh installs, and wine64, xvfb, imagemagick, which it installs. Not provable here: UAC, SmartScreen, antivirus,
# the start with Windows, recovery actions, access rights (wine has none).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
cd "$root"
. installer/setup.sh
. installer/windows/packages.sh
[ $# = 3 ] || fail "takes OLD.exe NEW.exe EVIDENCE"
old=$(realpath "$1")
new=$(realpath "$2")
mkdir -p "$3"
evidence=$(realpath "$3")
install_windows_packages wine64 wine xvfb imagemagick
exec > >(tee "$evidence/transcript.txt") 2>&1

work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=d"
wine=/usr/lib/wine/wine64
server=/usr/lib/wine/wineserver64
display=$((90 + RANDOM % 400))
Xvfb ":$display" -screen 0 1280x900x24 >/dev/null 2>&1 &
xvfb=$!
export DISPLAY=:$display
mkdir -p "$WINEPREFIX"
"$server" -p
cleanup() {
    "$server" -k || true
    kill "$xvfb" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

passed=0
failed=0
check() { # <name> <command...>
    local name=$1
    shift
    if "$@"; then passed=$((passed + 1)); echo "ok    $name"; else failed=$((failed + 1)); echo "FAIL  $name"; fi
}
# until_true <seconds> <command...>
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.3
    done
}
code_of() { local code=0; "$@" >"$work/out" 2>&1 || code=$?; tail -n 3 "$work/out"; echo "      exit code $code: ${*:2}" | cut -c1-140; last=$code; }
gives() { # <code> <command...>
    local wanted=$1
    shift
    code_of "$@"
    [ "$last" = "$wanted" ]
}
healthy() { curl -fsS -m 3 http://127.0.0.1:4001/ready >/dev/null 2>&1; }
# A closed port refuses at once (curl: 7), while an open one may just be slow.
silent() { ! curl -fsS -m 3 http://127.0.0.1:4001/ready >/dev/null 2>&1; }
version_is() { "$wine" reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Concierge' /v DisplayVersion 2>/dev/null | grep -q "$1"; }
chats() { node "$here/chat.mjs" "$1"; }
picture() { import -window root "$evidence/$1.png"; }

"$wine" wineboot -i >/dev/null 2>&1
"$wine" winecfg /v win10 >/dev/null 2>&1
programs="$WINEPREFIX/drive_c/Program Files/Concierge"
data=$WINEPREFIX/drive_c/ProgramData/Concierge
echo "sizes: $(stat -c '%n %s bytes' "$old" "$new")"

check "silent install" gives 0 "$wine" "$old" /S
check "the service runs" until_true 30 healthy
check "settings are there" grep -q NODE_ENV "$data/concierge.conf"
check "stock clients chat over polling" chats "online"
check "a message for who is away is kept" chats "leave-message"
check "installed again: refused" gives 1 "$wine" "$programs/concierge.exe" service install
check "started again: refused" gives 1 "$wine" "$programs/concierge.exe" service start
check "service run by hand: refused" gives 2 "$wine" "$programs/concierge.exe" service run
check "stop" gives 0 "$wine" "$programs/concierge.exe" service stop
check "it is silent" silent
check "start" gives 0 "$wine" "$programs/concierge.exe" service start
check "and serves" until_true 30 healthy

"$wine" "$programs/concierge-monitor.exe" >/dev/null 2>&1 &
sleep 8
picture monitor
check "upgrade with the monitor open: refused" gives 10 "$wine" "$new" /S
check "the old version still runs" healthy
check "and is still the old one" version_is "0.1.0"
"$wine" taskkill /f /im concierge-monitor.exe >/dev/null 2>&1 || true
sleep 1
echo '# changed by hand' >>"$data/concierge.conf"
check "upgrade" gives 0 "$wine" "$new" /S
check "the new version is installed" version_is "0.2.0"
check "it runs" until_true 30 healthy
check "changed settings are kept" grep -q 'changed by hand' "$data/concierge.conf"
check "the message is still there" chats "take-message"
check "downgrade: refused" gives 11 "$wine" "$old" /S
check "and the newer still runs" healthy

gone() { [ ! -e "$programs/concierge.exe" ]; }
"$wine" "$programs/uninstall.exe" /S >/dev/null 2>&1
check "uninstall" until_true 60 gone
check "the data is kept" test -e "$data/data/concierge.db"
check "no service is left" silent

other=$WINEPREFIX/drive_c/Büro/Zoë\ Ω
export LC_ALL=C.UTF-8
check "install to a folder with other letters" gives 0 "$wine" "$old" /S '/D=C:\Büro\Zoë Ω'
check "its service runs" until_true 30 healthy
check "it chats" chats "online"
other_gone() { [ ! -e "$other/concierge.exe" ]; }
"$wine" "$other/uninstall.exe" /S /REMOVEDATA >/dev/null 2>&1
check "uninstall with data" until_true 60 other_gone
check "the data is removed" until_true 10 test ! -e "$data"

"$wine" "$new" >/dev/null 2>&1 &
for page in welcome licence folder; do
    sleep 4
    picture "installer-$page"
    xdotool key alt+n 2>/dev/null || xdotool key Return
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
