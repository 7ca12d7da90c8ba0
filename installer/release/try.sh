#!/usr/bin/env bash
# Tries a server as a user would: starts it with a data folder of its own, chats with it by stock clients, stops it, and starts it
# again for what waited: installer/release/try.sh PROGRAM. Needs Node and `npm ci --prefix tests/clients`.
set -euo pipefail
[ $# = 1 ] || {
    echo "usage: try.sh PROGRAM" >&2
    exit 2
}
program=$1
chat=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/chat.mjs
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

serve() {
    "$program" --port 0 --health-port 0 --data-dir "$work/data" --monitor-socket "$work/monitor" --client-url '*' "$@" \
        >"$work/log" 2>&1 &
    server=$!
    for ((tenth = 0; tenth < 300; tenth++)); do
        port=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$work/log" | head -n 1)
        [ -z "$port" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1 # for a program of which only the log can be seen
    done
    cat "$work/log" >&2
    echo "try.sh: $program does not serve" >&2
    exit 1
}
stop() {
    kill "$server"
    wait "$server"
    server=
}

"$program" --version
serve
node "$chat" "http://127.0.0.1:$port" first
"$program" status --monitor-socket "$work/monitor" --json >/dev/null
stop
serve --max-text-length 4
node "$chat" "http://127.0.0.1:$port" second
stop
echo "try.sh: passed"
