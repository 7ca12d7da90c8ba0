#!/usr/bin/env bash
# Sets up, builds and runs the server: ./run.sh [--build-only] [server flags]. ./run.sh --help lists the flags.
# ./run.sh --monitor [monitor flags] runs the monitor instead. --build-only builds both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. installer/setup.sh

build_only=no
program=concierge
flags=()
for argument in "$@"; do
    case $argument in
    --build-only) build_only=yes ;;
    --monitor) program=concierge-monitor ;;
    *) flags+=("$argument") ;;
    esac
done

install_packages build
targets=(concierge)
# The monitor starts the server that lies beside it.
if [ "$build_only" = yes ] || [ "$program" = concierge-monitor ]; then targets+=(concierge-monitor); fi
build_preset release "${targets[@]}"
[ "$build_only" = yes ] && exit 0
step "running build/release/bin/$program"
# The program takes this process's place, so that signals reach it.
exec "build/release/bin/$program" ${flags[@]+"${flags[@]}"}
