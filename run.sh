#!/usr/bin/env bash
# Sets up, builds and runs the server: ./run.sh [--build-only] [server flags]. ./run.sh --help lists the flags.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. installer/setup.sh

build_only=no
flags=()
for argument in "$@"; do
    case $argument in
    --build-only) build_only=yes ;;
    --monitor)
        echo "run.sh: --monitor: this version has no monitor yet" >&2
        exit 2
        ;;
    *) flags+=("$argument") ;;
    esac
done

install_packages build
build_preset release concierge
[ "$build_only" = yes ] && exit 0
step "running build/release/bin/concierge"
# The server takes this process's place, so that signals reach it.
exec build/release/bin/concierge ${flags[@]+"${flags[@]}"}
