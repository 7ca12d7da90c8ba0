#!/usr/bin/env bash
# Runs an image, waits until Docker says that it is healthy, and chats with it: installer/docker/try.sh IMAGE. Needs Node and
# `npm ci --prefix tests/clients`. Where no engine runs, test.sh does what the Dockerfile says without one.
set -euo pipefail
[ $# = 1 ] || {
    echo "usage: try.sh IMAGE" >&2
    exit 2
}
chat=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/chat.mjs
container=
volume=concierge-try-$$
cleanup() {
    [ -z "$container" ] || docker rm --force "$container" >/dev/null
    docker volume rm --force "$volume" >/dev/null
}
trap cleanup EXIT

# serve [flags of docker run]: on a port that is free.
serve() {
    container=$(docker run --detach --publish 127.0.0.1::4000 --volume "$volume:/data" "$@")
    for ((second = 0; second < 120; second++)); do
        health=$(docker inspect --format '{{.State.Health.Status}}' "$container")
        [ "$health" != healthy ] || break
        sleep 1
    done
    [ "$health" = healthy ] || {
        docker logs "$container" >&2
        echo "try.sh: the container is $health" >&2
        exit 1
    }
    address=http://$(docker port "$container" 4000/tcp | head -n 1)
}
stop() {
    docker stop --time 20 "$container" >/dev/null
    code=$(docker inspect --format '{{.State.ExitCode}}' "$container")
    docker rm "$container" >/dev/null
    container=
    [ "$code" = 0 ] || {
        echo "try.sh: it ended with $code" >&2
        exit 1
    }
}

serve "$1"
[ "$(docker exec "$container" id -u)" = 10001 ]
node "$chat" "$address" first
stop
serve --env MAX_TEXT_LENGTH=4 "$1"
node "$chat" "$address" second
stop
echo "try.sh: passed"
