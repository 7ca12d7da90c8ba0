# shellcheck shell=bash
# Shared by run.sh and test.sh: installs what a bare machine lacks, and builds a preset. Sourced, from the root folder.

step() { echo "==> $*" >&2; }
fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "must install packages, but is not root and there is no sudo: run it as root once"
    fi
}

apt_build=(build-essential cmake ninja-build ccache pkg-config git qt6-base-dev libqt6sql6-sqlite qt6-websockets-dev
    libuv1-dev libsimdjson-dev libhiredis-dev libboost-dev libmsgpack-cxx-dev zlib1g-dev libssl-dev
    qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools qt6-translations-l10n)
# Texts are painted with real fonts in the tests and pictures of the monitor. The fuzz targets are Clang's.
# redis-tools has the program redis-server too, see provide_redis.
apt_test=(openssl ca-certificates fonts-dejavu-core fonts-inter pngquant clang libclang-rt-dev redis-tools)
brew_build=(cmake ninja ccache pkgconf qt libuv simdjson hiredis boost msgpack-cxx openssl@3)
brew_test=(node pngquant redis)

node_is_new_enough() {
    command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]
}
# Ubuntu's chromium is a snap, which neither containers nor apt alone can install.
is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

# Its layout is the one that counts, and later releases have only later ones.
has_clang_format_14() {
    command -v clang-format-14 >/dev/null || (
        . /etc/os-release
        case "$ID $VERSION_ID" in
        "debian 12" | "ubuntu 22.04" | "ubuntu 24.04") ;;
        *) false ;;
        esac
    )
}

# choose_browser: lets the browser test find one, or says why it will be skipped.
choose_browser() {
    local candidate
    [ -n "${CHROME_PATH:-}" ] && return
    for candidate in chromium google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if command -v "$candidate" >/dev/null; then
            CHROME_PATH=$(command -v "$candidate")
            export CHROME_PATH
            return
        fi
    done
    step "no Chromium here (Ubuntu's is a snap): the browser test is skipped; CHROME_PATH=/path/to/chrome runs it"
}

install_apt() {
    local wanted=("${apt_build[@]}") installed missing=() package
    if [ "$1" = test ]; then
        wanted+=("${apt_test[@]}")
        ! has_clang_format_14 || wanted+=(clang-format-14)
        node_is_new_enough || wanted+=(nodejs npm)
        [ -n "${CHROME_PATH:-}" ] || command -v google-chrome >/dev/null || is_ubuntu || wanted+=(chromium)
    fi
    # One call for all: this runs at every start. dpkg-query's own code only says that some are unknown.
    installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package} ' "${wanted[@]}" 2>/dev/null || true)"
    for package in "${wanted[@]}"; do
        case $installed in
        *" ii $package "*) ;;
        *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} = 0 ] && return
    step "installing ${missing[*]}"
    as_root apt-get update -qq >&2 || step "the package lists could not be renewed; trying with the old ones"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 \
        || fail "apt-get could not install ${missing[*]} (Debian 12 or later, or Ubuntu 24.04, have them all)"
}

# promtool, unpacked only: the package that has it starts a Prometheus on the machine.
provide_promtool() {
    local tools=$PWD/build/tools
    PATH=$tools:$PATH
    export PATH
    ! command -v promtool >/dev/null && command -v apt-get >/dev/null || return 0
    step "unpacking promtool into build/tools"
    mkdir -p "$tools"
    rm -rf "$tools"/prometheus_*.deb "$tools/unpacked"
    if ! (
        cd "$tools" && apt-get download -qq prometheus >&2 && dpkg-deb -x prometheus_*.deb unpacked \
            && mv unpacked/usr/bin/promtool .
    ); then
        step "promtool could not be had: its check is skipped"
    fi
    rm -rf "$tools"/prometheus_*.deb "$tools/unpacked"
}

# redis-server, for tests that start one of their own. The package of that name starts a Redis on the machine, but only
# for that: the program is in redis-tools, and knows by its name what it is to be.
provide_redis() {
    local tools=$PWD/build/tools
    PATH=$tools:$PATH
    export PATH
    ! command -v redis-server >/dev/null && command -v redis-check-rdb >/dev/null || return 0
    mkdir -p "$tools"
    ln -sf "$(command -v redis-check-rdb)" "$tools/redis-server"
}

install_brew() {
    local wanted=("${brew_build[@]}") installed package
    command -v brew >/dev/null || fail "needs Homebrew on macOS: https://brew.sh"
    [ "$1" = test ] && wanted+=("${brew_test[@]}")
    installed=" $(brew list --formula -1 | tr '\n' ' ')"
    for package in "${wanted[@]}"; do
        case $installed in
        *" $package "*) continue ;;
        esac
        step "installing $package"
        brew install --quiet "$package" >&2 || fail "brew could not install $package"
    done
}

# install_packages build|test
install_packages() {
    if [ "$(uname -s)" = Darwin ]; then
        install_brew "$1"
    elif command -v apt-get >/dev/null; then
        install_apt "$1"
    else
        fail "knows Debian 12, Ubuntu 24.04 and macOS; elsewhere install what README.md names, then: cmake --preset release && cmake --build --preset release"
    fi
}

# build_preset <preset> [targets]: configures when that was not done yet, then builds.
build_preset() {
    local preset=$1 log=build/$1/configure.log
    shift
    if [ ! -e "build/$preset/build.ninja" ]; then
        step "configuring $preset (the log is $log)"
        mkdir -p "build/$preset"
        cmake --preset "$preset" >"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            fail "could not configure the $preset build"
        }
    fi
    step "building $preset"
    cmake --build "build/$preset" ${1:+--target "$@"} >&2 || fail "the $preset build failed"
}
