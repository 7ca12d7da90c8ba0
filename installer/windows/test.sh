#!/usr/bin/env bash
# Tries the Windows installers under wine: installer/windows/test.sh OLD.exe NEW.exe TRIAL.exe EVIDENCE
# OLD and NEW: two versions of the product, TRIAL: one that build.sh made with --without-websockets. The transcript and pictures
# go to the folder EVIDENCE. Where it may, it runs with a network and processes of its own: ports 4000 and 4001 are free there.
# Not provable under wine: UAC, SmartScreen, antivirus, the start with Windows, the restart after a crash, accounts and access
# rights, the firewall.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
. installer/setup.sh
. installer/windows/packages.sh
[ $# = 4 ] || fail "takes OLD.exe NEW.exe TRIAL.exe EVIDENCE"
if [ -z "${CONCIERGE_WINE_ALONE:-}" ]; then
    install_windows_packages nodejs npm wine64 wine xvfb imagemagick xdotool curl iproute2 fonts-dejavu-core fonts-liberation
    [ -e tests/clients/node_modules/socket.io-client ] || (cd tests/clients && npm ci --silent >&2) \
        || fail "the clients could not be installed"
    if unshare --net --pid --fork --mount-proc true 2>/dev/null; then
        exec env CONCIERGE_WINE_ALONE=yes unshare --net --pid --fork --kill-child --mount-proc "$0" "$@"
    fi
else
    ip link set lo up
fi
old=$(realpath "$1")
new=$(realpath "$2")
trial=$(realpath "$3")
mkdir -p "$4"
evidence=$(realpath "$4")
exec > >(tee "$evidence/transcript.txt") 2>&1
version_of() { sed -E 's/.*concierge-([0-9.]+)-windows.*/\1/' <<<"$1"; }

work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDLLOVERRIDES="mscoree,mshtml=d" LC_ALL=C.UTF-8
wine=/usr/lib/wine/wine64
server=/usr/lib/wine/wineserver64
Xvfb -displayfd 1 -screen 0 1280x900x24 >"$work/display" 2>/dev/null &
xvfb=$!
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
        sleep 0.2
    done
}
# gives <code> <pattern of the text> <command...>
gives() {
    local wanted=$1 pattern=$2 code=0
    shift 2
    "$@" >"$work/out" 2>&1 || code=$?
    tr -d '\r' <"$work/out" | sed '/^$/d; s/^/      | /' | tail -n 4
    [ "$code" = "$wanted" ] || { echo "      exit code $code, not $wanted"; return 1; }
    grep -qE -- "$pattern" "$work/out" || { echo "      the text is not: $pattern"; return 1; }
}
# installs <code> <pattern of what it notes> <installer> <flags...>
installs() {
    local wanted=$1 pattern=$2 code=0 before=0
    shift 2
    [ ! -e "$programs/install.log" ] || before=$(stat -c %s "$programs/install.log")
    "$wine" "$@" >/dev/null 2>&1 || code=$?
    tail -c +$((before + 1)) "$programs/install.log" 2>/dev/null | tr -d '\0\r\377\376' | sed '/^$/d; s/^/      | /' | tee "$work/out"
    [ "$code" = "$wanted" ] || { echo "      exit code $code, not $wanted"; return 1; }
    grep -qE -- "$pattern" "$work/out"
}
concierge() { "$wine" "$programs/concierge.exe" "$@"; }
health() { curl -fsS -m 3 "http://127.0.0.1:4001/$1" 2>/dev/null; }
healthy() { health ready >/dev/null; }
silent() { ! healthy; }
serves() { health health | grep -q "\"version\":\"$1\""; }
server_process() { concierge status 2>/dev/null | sed -n 's/.*process \([0-9]*\).*/\1/p'; }
registered() { "$wine" reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Concierge' /v "$1" 2>/dev/null | grep -qF -- "$2"; }
chats() { node "$here/chat.mjs" "$@"; }
sums() { (cd "$programs" && find . -type f ! -name install.log -exec sha256sum {} + | sort -k2); }
window() { xdotool search --onlyvisible --name "$1" >/dev/null 2>&1; }
picture() { import -window root "$evidence/$1.png"; }
changes() { # the picture does, with what it shows
    import -window root "$work/now.png"
    [ -e "$work/first.png" ] || cp "$work/now.png" "$work/first.png"
    [ "$(compare -metric AE "$work/first.png" "$work/now.png" null: 2>&1)" != 0 ]
}
heard() { grep -q "$1" "$work/heard"; }

until_true 20 test -s "$work/display" || fail "Xvfb did not start"
DISPLAY=:$(cat "$work/display")
export DISPLAY
# The first program sets the prefix up; another `wineboot` would start a second service manager. Events are told here.
WINEDEBUG=-all,+eventlog "$wine" cmd /c ver >"$work/services.log" 2>&1
export WINEDEBUG=-all
"$wine" winecfg /v win10 >/dev/null 2>&1
for font in "Segoe UI" "MS Shell Dlg 2" "MS Shell Dlg" Tahoma; do # Windows' own: for the pictures
    "$wine" reg add 'HKCU\Software\Wine\Fonts\Replacements' /v "$font" /d "Liberation Sans" /f >/dev/null 2>&1
done
event() { grep -aqF "$1" "$work/services.log"; }
programs="$WINEPREFIX/drive_c/Program Files/Concierge"
data=$WINEPREFIX/drive_c/ProgramData/Concierge
menu="$WINEPREFIX/drive_c/ProgramData/Microsoft/Windows/Start Menu/Programs"
for file in "$old" "$new" "$trial"; do echo "$(stat -c '%s bytes' "$file") ${file##*/}"; done

echo "--- first installation"
mkdir -p "$programs" # for install.log, which shows why where it fails early
netsh=$WINEPREFIX/drive_c/windows/system32/netsh.exe # wine's does nothing, and says 0
mv "$netsh" "$netsh.away"
check "silent install" installs 0 'firewall could not be told' "$old" /S
mv "$netsh.away" "$netsh"
check "the service serves" until_true 30 serves "$(version_of "$old")"
check "it is in the list of apps" registered DisplayVersion "$(version_of "$old")"
check "settings, with comments" grep -q '^NODE_ENV=production' "$data/concierge.conf"
check "the version" gives 0 "^concierge $(version_of "$old")" concierge --version
check "the log is where it should be" grep -q 'opened in' "$data/logs/concierge.log"
check "Windows' event log: it serves" event "Concierge $(version_of "$old"): listening on"
check "shortcut: the monitor" test -e "$menu/Concierge/Concierge Monitor.lnk"
check "shortcut: the settings" test -e "$menu/Concierge/Concierge Settings.lnk"
check "shortcut: the monitor, at sign-in, minimised" grep -qa 'm.i.n.i.m.i.s.e.d' "$menu/StartUp/Concierge Monitor.lnk"
for transport in polling websocket default; do check "stock clients chat: $transport" chats online $transport; done
check "a message for who is away is kept" chats leave-message

echo "--- the service's commands"
check "installed again: refused" gives 1 'installed already' concierge service install
check "started again: refused" gives 3 'runs already' concierge service start
check "run by hand: refused" gives 2 "service manager only" concierge service run
check "another word: refused" gives 2 'install, uninstall, start or stop' concierge service restart
check "a second server: refused" gives 1 'another concierge .* is using it' concierge
check "a second server on the same pipe: refused" gives 1 'MONITOR_SOCKET: .*another server uses it' \
    timeout 20 "$wine" "$programs/concierge.exe" --port 5000 --health-port 5001 --data-dir "Z:$work/other" --monitor-socket concierge-monitor
check "status, through the named pipe" gives 0 HEALTHY concierge status
check "a backup where the service may write" gives 0 'backups' concierge backup 'C:\ProgramData\Concierge\backups\one.db'
chats hear-stop >"$work/heard" 2>&1 &
listener=$!
check "somebody is connected" until_true 20 heard connected
check "stop" gives 0 'has stopped' concierge service stop
check "whoever was connected heard it" until_true 10 heard 'heard: '
sed 's/^/      | /' "$work/heard"
wait $listener || true
check "it drained" grep -q 'stopped after' "$data/logs/concierge.log"
check "it is silent" silent
check "Windows' event log: it stops" event 'Concierge stops.'
check "stopped again: refused" gives 3 'does not run' concierge service stop
echo 'PORT=none' >>"$data/concierge.conf"
check "start with a wrong setting: refused" gives 1 'cannot be started' concierge service start
check "Windows' event log: why not" event 'PORT has an unknown value'
sed -i '/^PORT=none/d' "$data/concierge.conf"
check "start" gives 0 'The service runs' concierge service start
check "and serves" until_true 30 healthy
"$wine" taskkill /f /im concierge.exe >/dev/null 2>&1 || true
check "a crash" until_true 10 silent
echo "      | the restart by the service manager cannot be seen: wine 8 has none"
concierge service start >/dev/null 2>&1 || true # wine has not noticed; it starts what it takes for running
check "after the crash it can be started" until_true 30 healthy

echo "--- the monitor"
chats stay >/dev/null 2>&1 &
stay=$!
"$wine" "$programs/concierge-monitor.exe" >/dev/null 2>&1 &
check "its window" until_true 30 window '^Concierge'
five() { concierge status 2>/dev/null | grep -q ' 5 online'; }
check "five people are online" until_true 20 five
check "the figures move" until_true 15 changes
points() { concierge status 2>/dev/null | grep -qE ' [0-9]{3,} received'; } # and the charts have some seconds
check "messages are counted" until_true 30 points
picture monitor
process=$(server_process)
sums >"$work/before"
check "upgrade with the monitor open: refused" installs 10 'The Concierge Monitor is open' "$new" /S
sums >"$work/after"
check "nothing was changed" cmp "$work/before" "$work/after"
check "the same server still serves" test "$process" = "$(server_process)"
check "and is registered as before" registered DisplayVersion "$(version_of "$old")"
kill $stay || true
"$wine" taskkill /f /im concierge-monitor.exe >/dev/null 2>&1 || true

echo "--- a busy program of the service's"
(cd "$work" && concierge --port 5000 --health-port 5001 --data-dir other --monitor-socket none) >/dev/null 2>&1 &
check "a second server runs from the same file" until_true 20 curl -fs -m 3 -o /dev/null http://127.0.0.1:5001/ready
check "upgrade: refused" installs 10 'concierge.exe is in use|dll is in use' "$new" /S
sums >"$work/after"
check "nothing was changed" cmp "$work/before" "$work/after"
check "the service is back" until_true 30 serves "$(version_of "$old")"
second=$("$wine" tasklist 2>/dev/null | tr -d '\r' | grep -i concierge || true)
"$wine" taskkill /f /im concierge.exe >/dev/null 2>&1 || true
[ -n "$second" ] && echo "$second" | sed 's/^/      | /'
concierge service start >/dev/null 2>&1 || true
check "the service serves again" until_true 30 healthy

echo "--- upgrade"
echo '# changed by hand' >>"$data/concierge.conf"
echo stale >"$programs/Qt6Stale.dll"
printf 'Qt6Stale.dll\n' >>"$programs/files.txt"
check "upgrade" installs 0 'is installed' "$new" /S
check "the new version is installed" registered DisplayVersion "$(version_of "$new")"
check "it serves" until_true 30 serves "$(version_of "$new")"
check "what the new one has no more is gone" test ! -e "$programs/Qt6Stale.dll"
check "no leftovers" test ! -e "$programs/update"
check "changed settings are kept" grep -q 'changed by hand' "$data/concierge.conf"
check "the message came through" chats take-message
check "downgrade: refused" installs 11 'which is newer' "$old" /S
check "and the newer still serves" serves "$(version_of "$new")"
rm "$menu/StartUp/Concierge Monitor.lnk"
check "the same version again" installs 0 'is installed' "$new" /S
check "it serves" until_true 30 serves "$(version_of "$new")"
check "an autostart that was switched off stays off" test ! -e "$menu/StartUp/Concierge Monitor.lnk"
concierge service stop >/dev/null 2>&1 || true
check "upgrade of a service that was stopped" installs 0 'is installed' "$new" /S
check "leaves it stopped" silent
check "started again" gives 0 'The service runs' concierge service start

echo "--- what may come in between"
gone() { [ ! -e "$1" ]; }
sums >"$work/before"
together() { # one of them does it, the other says that it does not
    local one=0 other=0 first
    "$wine" "$new" /S >/dev/null 2>&1 &
    first=$!
    "$wine" "$new" /S >/dev/null 2>&1 || other=$?
    wait $first || one=$?
    echo "      | exit codes $one and $other"
    [ "$one $other" = "0 16" ] || [ "$one $other" = "16 0" ]
}
check "two installers at once: one is refused" together
sums >"$work/after"
check "the programs are whole" cmp "$work/before" "$work/after"
check "it serves" until_true 30 serves "$(version_of "$new")"
"$wine" "$new" /S >/dev/null 2>&1 &
killed=$!
check "an upgrade stops the service" until_true 60 silent
kill -KILL $killed || true # and nothing else
wait $killed 2>/dev/null || true
check "the installer once more, after one that was killed" installs 0 'is installed' "$new" /S
check "it serves" until_true 30 serves "$(version_of "$new")"
concierge service stop >/dev/null 2>&1 || true
rm "$programs/concierge.exe"
check "the installer where concierge.exe is missing" installs 0 'is installed' "$new" /S
check "it serves" until_true 30 serves "$(version_of "$new")"
concierge service stop >/dev/null 2>&1 || true
rm "$programs/concierge.exe"
"$wine" "$programs/uninstall.exe" /S >/dev/null 2>&1 || true
check "uninstall where it is missing" until_true 60 gone "$programs"
check "leaves no service" gives 1 '' "$wine" reg query 'HKLM\System\CurrentControlSet\Services\concierge'
mkdir -p "$programs"
check "installed anew" installs 0 'The service runs' "$new" /S
check "it serves" until_true 30 serves "$(version_of "$new")"

echo "--- removal"
"$wine" "$programs/uninstall.exe" /S >/dev/null 2>&1 || true
check "uninstall" until_true 60 gone "$programs"
check "the data is kept" test -e "$data/data/concierge.db"
check "no service is left" silent
check "nor in the list of apps" gives 1 '' "$wine" reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Concierge'
check "nor shortcuts" gone "$menu/Concierge"
programs="$WINEPREFIX/drive_c/Büro/ZoëΩ"
check "install to a folder with other letters" installs 0 'The service runs' "$old" /S '/D=C:\Büro\ZoëΩ'
check "it serves" until_true 30 serves "$(version_of "$old")"
check "with the settings that were kept" grep -q 'changed by hand' "$data/concierge.conf"
check "it chats" chats online default
check "upgrade finds the folder by itself" installs 0 'is installed' "$new" /S
check "it serves" until_true 30 serves "$(version_of "$new")"
"$wine" "$programs/uninstall.exe" /S /REMOVEDATA >/dev/null 2>&1 || true
check "uninstall with the data" until_true 60 gone "$programs"
check "the data is gone" until_true 10 gone "$data/data"
check "and the settings" gone "$data/concierge.conf"
check "the backup stays" test -e "$data/backups/one.db"

echo "--- a full disk"
programs="$WINEPREFIX/drive_c/Program Files/Concierge"
mkdir -p "$programs"
if mount -t tmpfs -o size=55m tmpfs "$programs" 2>/dev/null; then
    check "silent install" installs 0 'The service runs' "$old" /S
    sums >"$work/before"
    process=$(server_process)
    check "upgrade: fails" installs 2 'disk is full' "$new" /S
    sums >"$work/after"
    check "nothing was changed" cmp "$work/before" "$work/after"
    check "the same server still serves" test "$process" = "$(server_process)"
    "$wine" "$programs/uninstall.exe" /S /REMOVEDATA >/dev/null 2>&1 || true
    check "uninstall" until_true 60 gone "$programs/concierge.exe"
    until_true 10 umount "$programs" || true
    rmdir "$programs"
else
    echo "      | not tried: nothing may be mounted here"
fi

echo "--- without WebSocket"
programs="$WINEPREFIX/drive_c/Program Files/Concierge"
mkdir -p "$programs"
check "silent install" installs 0 'The service runs' "$trial" /S
check "--version says so" gives 0 'without WebSocket' concierge --version
check "the log says so" grep -q 'built without WebSocket' "$data/logs/concierge.log"
check "the list of apps says so" registered DisplayName 'without WebSocket'
check "stock clients chat: polling" chats online polling
check "WebSocket is not offered, and refused" chats only-polling
"$wine" "$programs/uninstall.exe" /S /REMOVEDATA >/dev/null 2>&1 || true
check "uninstall" until_true 60 gone "$programs"

echo "--- what a person sees"
page() { # <name>: when the picture stands still
    local last=
    until_true 20 eval 'now=$(import -window root png:- | sha256sum); [ "$now" = "${last:-}" ] || { last=$now; sleep 0.5; false; }' || true
    picture "$1"
}
"$wine" "$trial" >/dev/null 2>&1 &
check "the title says so" until_true 30 window 'Concierge .*without WebSocket'
page installer-trial
"$wine" taskkill /f /im "${trial##*/}" >/dev/null 2>&1 || true
"$wine" "$new" >/dev/null 2>&1 &
check "the installer's window" until_true 30 window 'Setup'
next() { xdotool search --onlyvisible --name Setup windowfocus key --clearmodifiers Return || true; }
page installer-1-welcome
next
page installer-2-licence
next
page installer-3-folder
next
noted() { [ -e "$programs/install.log" ] && tr -d '\0' <"$programs/install.log" | grep -qa "$1"; }
check "it installs" until_true 60 noted 'is installed'
check "it serves" until_true 30 serves "$(version_of "$new")"
page installer-4-done
next
monitor_alone() { window '^Concierge' && ! window 'Setup'; }
check "the monitor opens" until_true 30 monitor_alone
page monitor-first-start
"$wine" taskkill /f /im concierge-monitor.exe >/dev/null 2>&1 || true
"$wine" "$programs/uninstall.exe" >/dev/null 2>&1 &
next() { xdotool search --onlyvisible --name Uninstall windowfocus key --clearmodifiers Return || true; }
check "the uninstaller's window" until_true 30 window 'Uninstall'
page uninstaller-1-confirm
next
check "it removes" until_true 30 gone "$programs/concierge.exe"
windows() { [ "$(xdotool search --onlyvisible --name Uninstall 2>/dev/null | wc -l)" = "$1" ]; }
check "it asks about the data" until_true 30 windows 2
page uninstaller-2-question
answered() { # whichever of the two windows it is
    local id
    for id in $(xdotool search --onlyvisible --name Uninstall); do xdotool windowfocus "$id" key --clearmodifiers Return || true; done
    windows 1
}
check "and by default" until_true 15 answered
check "keeps it" test -e "$data/data/concierge.db"
page uninstaller-3-done

cp "$work/services.log" "$evidence/events.txt"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
