#!/usr/bin/env bash
# Pushes an image where DOCKER_USERNAME, DOCKER_PASSWORD and DOCKER_REPOSITORY (ghcr.io/agency/concierge, say) are set, as that
# version: installer/docker/push.sh IMAGE VERSION
set -euo pipefail
[ $# = 2 ] || {
    echo "usage: push.sh IMAGE VERSION" >&2
    exit 2
}
if [ -z "${DOCKER_USERNAME:-}" ] || [ -z "${DOCKER_PASSWORD:-}" ] || [ -z "${DOCKER_REPOSITORY:-}" ]; then
    echo "push.sh: not pushed, for DOCKER_USERNAME, DOCKER_PASSWORD or DOCKER_REPOSITORY is empty"
    exit 0
fi
case $DOCKER_REPOSITORY in
*.*/*) registry=${DOCKER_REPOSITORY%%/*} ;;
*) registry=docker.io ;;
esac
trap 'docker logout "$registry"' EXIT
docker login --username "$DOCKER_USERNAME" --password-stdin "$registry" <<<"$DOCKER_PASSWORD"
docker tag "$1" "$DOCKER_REPOSITORY:$2"
docker push "$DOCKER_REPOSITORY:$2"
