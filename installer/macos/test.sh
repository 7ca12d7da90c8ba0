#!/bin/bash
# Installs a .pkg on this Mac as an administrator would, chats with the server that it starts, installs it again over itself with
# another configuration, and removes it: installer/macos/test.sh PACKAGE. Not on a Mac that has a Concierge. Needs Node and
# `npm ci --prefix tests/clients`, and asks sudo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ $# = 1 ] || {
    echo "usage: test.sh PACKAGE" >&2
    exit 2
}
package=$1
home="/Library/Application Support/Concierge"
server="/Applications/Concierge Monitor.app/Contents/MacOS/concierge"
fail() {
    echo "test.sh: $*" >&2
    sudo tail -n 50 /Library/Logs/Concierge/concierge.log >&2 || true
    exit 1
}
[ ! -e "$home" ] || fail "there is a Concierge on this Mac: $home"

serves() {
    for ((second = 0; second < 60; second++)); do
        ! curl --silent --fail http://127.0.0.1:4001/health >/dev/null || return 0
        sleep 1
    done
    fail "the server does not answer"
}
is_running() { sudo launchctl print system/concierge | grep -q 'state = running'; }

pkgutil --check-signature "$package" || echo "test.sh: the package is not signed"
sudo installer -pkg "$package" -target /
serves
is_running || fail "launchd does not run it"
[ "$(ps -axo uid=,comm= | awk '$0 ~ /MacOS\/concierge$/ { print $1 }')" = "$(id -u _concierge)" ] || fail "it does not run as _concierge"
"$server" --version
sudo "$server" status --config "$home/concierge.conf" || fail "status says that it is not well"
node installer/chat.mjs http://127.0.0.1:4000 first

echo "MAX_TEXT_LENGTH=4" | sudo tee -a "$home/concierge.conf" >/dev/null
sudo installer -pkg "$package" -target /
serves
node installer/chat.mjs http://127.0.0.1:4000 second || fail "the update lost a message, or the configuration"

sudo "$home/Uninstall Concierge.command" --remove-data
[ ! -e "$home" ] || fail "$home is still there"
! sudo launchctl print system/concierge >/dev/null 2>&1 || fail "the daemon is still there"
echo "test.sh: passed"
