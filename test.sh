#!/usr/bin/env bash
# Everything that has to pass before a change lands: format, unit tests, official clients against the real programs,
# the same again under the sanitizers, and the fuzz targets, 10 s each. Installs what a bare machine lacks. Ends with 'N passed, N failed': checks,
# each of which names its own tests.
#   ./test.sh          all of it
#   ./test.sh --quick  without the sanitizers and the fuzz targets
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. installer/setup.sh

sanitizers=yes
case "$*" in
"") ;;
--quick) sanitizers=no ;;
*) fail "knows --quick only, not: $*" ;;
esac

passed=0
failed=0
# check <name> <command...>: one line before, the verdict counted after.
check() {
    local name=$1 begin=$SECONDS
    shift
    step "$name"
    if "$@"; then
        passed=$((passed + 1))
        step "$name: passed in $((SECONDS - begin)) s"
    else
        failed=$((failed + 1))
        step "$name: FAILED after $((SECONDS - begin)) s"
    fi
}

format_is_right() {
    local tool=clang-format-14
    if ! command -v "$tool" >/dev/null; then
        step "format: not checked, this system has no clang-format 14, and others lay out some lines differently"
        return 0
    fi
    find server shared monitor tests -name node_modules -prune -o \( -name '*.cpp' -o -name '*.h' \) -print0 \
        | xargs -0 "$tool" --dry-run --Werror
}

# In a process of its own: a failed build counts as a failed check, and what does not need it goes on.
build() { (build_preset "$@"); }

has_fuzzer() {
    echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' \
        | clang++ -x c++ -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null
}

unit_tests() { # <preset> [ctest flags]
    local preset=$1
    shift
    ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j2 "$@"
}

install_clients() { (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error >&2); }

install_packages test
choose_browser
provide_promtool
provide_redis
check "format" format_is_right
check "release build" build release
# Before the unit tests: one has Node's own adapter as its peer.
check "client packages" install_clients
check "unit tests" unit_tests release
check "clients" node tests/clients/run.mjs --bin build/release/bin
check "crashes, 5 rounds" node tests/faults/crash.mjs --rounds 5 --bin build/release/bin
# Whether something waits for a monitor shows on any machine; how little it may cost, on a quiet one only.
check "hostile monitors" node tests/faults/monitor.mjs --noise-ms 25 --bin build/release/bin
# Here it is whether anything crashes, hangs or is left; how the victims fare, a quiet machine tells (README).
check "hostile clients" node tests/hostile/run.mjs --scale 0.01 --floor-ms 1000 --bin build/release/bin

if [ "$sanitizers" = yes ]; then
    # Their options are compiled in: tests/support/Sanitizers.cpp.
    check "ASan build" build asan
    check "unit tests, ASan and UBSan" unit_tests asan
    check "clients, ASan and UBSan" node tests/clients/run.mjs --bin build/asan/bin
    check "TSan build" build tsan concierge concierge-conformance concierge_threaded_tests
    check "threaded unit tests, TSan" unit_tests tsan -L threaded
    check "clients, TSan, four workers" node tests/clients/run.mjs --bin build/tsan/bin --workers 4
    if has_fuzzer; then
        check "fuzz build" build fuzz concierge_fuzzers
        check "fuzz targets, 10 s each" tests/fuzz/run.sh --seconds 10
    else
        step "fuzz targets: not run, there is no Clang with libFuzzer here (Apple's is without)"
    fi
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
