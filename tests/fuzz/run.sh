#!/usr/bin/env bash
# Runs the fuzz targets on their seeds and on what earlier runs have found, two at a time, and prints for each what it
# has done. A finding ends its target, is named, and is left behind with its input.
#   tests/fuzz/run.sh [--minutes N | --seconds N] [--bin folder] [--corpus folder] [--jobs N] [target…]
# Without a time: 10 minutes each. Targets are named as fuzz_json or json; without any: all.
# Columns: executions, and a second; coverage (cov: edges, ft: edges with how often); the corpus's size and bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
    sed -n '2,6s/^# //p' tests/fuzz/run.sh >&2
    exit 2
}
fail() {
    echo "run.sh: $*" >&2
    exit 2
}

seconds=600
bin=build/fuzz/fuzz
corpus=build/fuzz/corpus
jobs=2
targets=()
number() {
    [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || fail "$1 takes a number from 1 to 999999"
    echo "$2"
}
while [ $# -gt 0 ]; do
    case $1 in
    --minutes) seconds=$(($(number "$1" "${2:-}") * 60)) && shift ;;
    --seconds) seconds=$(number "$1" "${2:-}") && shift ;;
    --jobs) jobs=$(number "$1" "${2:-}") && shift ;;
    --bin) bin=${2:?--bin takes a folder} && shift ;;
    --corpus) corpus=${2:?--corpus takes a folder} && shift ;;
    -*) usage ;;
    *) targets+=("${1#fuzz_}") ;;
    esac
    shift
done
if [ ${#targets[@]} = 0 ]; then
    for source in tests/fuzz/fuzz_*.cpp; do
        name=$(basename "$source" .cpp)
        targets+=("${name#fuzz_}")
    done
fi
for name in "${targets[@]}"; do
    [ -x "$bin/fuzz_$name" ] || fail "there is no program $bin/fuzz_$name: cmake --preset fuzz && cmake --build --preset fuzz --target concierge_fuzzers"
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# One target to its end. What it finds new goes to its corpus, a finding's input to the folder of findings.
fuzz() {
    local name=$1 seeds=$1
    mkdir -p "$corpus/$name" "$corpus/findings"
    [ -d "tests/fuzz/seeds/$seeds" ] || seeds=${name%%_*} # both of Socket.IO's have the same
    # Limits for what an input may take. Of time a generous one: it is the clock's, and the machine may have other work.
    # The seeds are read, never written.
    timeout $((seconds + 300)) "$bin/fuzz_$name" -dict="tests/fuzz/$seeds.dict" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$corpus/findings/$name-" "$corpus/$name" "tests/fuzz/seeds/$seeds" >"$logs/$name" 2>&1
}

running=0
for name in "${targets[@]}"; do
    if [ "$running" -ge "$jobs" ]; then
        wait -n || true
        running=$((running - 1))
    fi
    (fuzz "$name" && echo 0 >"$logs/$name.code" || echo $? >"$logs/$name.code") &
    running=$((running + 1))
done
wait

failed=0
printf '%-24s %12s %9s %7s %7s  %s\n' target executions 1/s cov ft corpus
for name in "${targets[@]}"; do
    log=$logs/$name
    last=$(grep -E '^#[0-9]+.* cov: ' "$log" | tail -n 1 || true)
    field() { sed -nE "s/.* $1: ([^ ]+).*/\1/p" <<<"$last"; }
    stat() { sed -nE "s/^stat::$1: +([0-9]+)$/\1/p" "$log"; }
    printf '%-24s %12s %9s %7s %7s  %s\n' "$name" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
        "$(field cov)" "$(field ft)" "$(field corp)"
    if [ "$(cat "$log.code")" != 0 ]; then
        failed=$((failed + 1))
        echo "  FOUND:"
        grep -E 'does not hold|SUMMARY|ERROR|Test unit written' "$log" | sed 's/^/  /' || tail -n 5 "$log" | sed 's/^/  /'
    fi
done
[ "$failed" = 0 ] || fail "$failed of ${#targets[@]} targets have findings, their inputs are in $corpus/findings"
