#!/usr/bin/env bash
# Cross-builds Qt for Windows from Debian's own source package: Core, Network, Gui, Widgets, Sql with SQLite, Test,
# Concurrent, and the plugins that the server and the monitor need. About 17 minutes on two cores, 1.4 GB on the way.
#   installer/windows/build-qt.sh TARGET [--configure-only]
# TARGET is the folder to install to. What is downloaded and built is kept beside it, in TARGET-build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
. installer/setup.sh
. installer/windows/packages.sh

[ $# -ge 1 ] || fail "where to? installer/windows/build-qt.sh TARGET [--configure-only]"
mkdir -p "$(dirname "$1")"
target=$(realpath -m "$1")
work=$target-build
configure_only=no
case ${2:-} in
"") ;;
--configure-only) configure_only=yes ;;
*) fail "knows --configure-only only, not: $2" ;;
esac

install_windows_packages nodejs npm # for SQLite, see below
mkdir -p "$work"
fetch_source "$work" qt6-base
# Debian's package leaves out SQLite's amalgamation, which Qt's own build of the plugin wants. npm's better-sqlite3 is a
# registry package that carries it, pinned and checked by npm itself.
sqlite=$work/qt6-base/src/3rdparty/sqlite
if [ ! -e "$sqlite/sqlite3.c" ]; then
    step "fetching SQLite's amalgamation"
    (cd "$work" && npm pack --silent better-sqlite3@12.11.1 >/dev/null)
    mkdir -p "$work/better-sqlite3" "$sqlite"
    tar -xzf "$work"/better-sqlite3-*.tgz -C "$work/better-sqlite3" --strip-components=1
    cp "$work"/better-sqlite3/deps/sqlite3/sqlite3.[ch] "$sqlite/" \
        || fail "better-sqlite3 has no deps/sqlite3/sqlite3.c any more: put SQLite's amalgamation into $sqlite"
fi

off=()
# Neither of use to the product nor to be had for MinGW from Debian. tabletevent: its `wintab` is left out of the package.
for feature in pkg_config vulkan dbus cups printsupport tabletevent openssl zstd glib icu sql_odbc sql_mysql sql_psql \
    system_doubleconversion system_freetype system_harfbuzz system_jpeg system_libb2 system_pcre2 system_png \
    system_sqlite system_zlib; do
    off+=("-DFEATURE_$feature=OFF")
done
step "configuring Qt (the log is $work/configure.log)"
cmake -G Ninja -S "$work/qt6-base" -B "$work/build" \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DCMAKE_INSTALL_PREFIX="$target" \
    -DCMAKE_TOOLCHAIN_FILE="$here/mingw.cmake" -DQT_HOST_PATH=/usr \
    -DQT_HOST_PATH_CMAKE_DIR=/usr/lib/x86_64-linux-gnu/cmake -DQT_QMAKE_TARGET_MKSPEC=win32-g++ \
    -DQT_BUILD_EXAMPLES=OFF -DQT_BUILD_TESTS=OFF -DQT_BUILD_BENCHMARKS=OFF \
    -DINPUT_opengl=no -DFEATURE_schannel=ON -DFEATURE_direct2d=ON "${off[@]}" >"$work/configure.log" 2>&1 || {
    tail -n 30 "$work/configure.log" >&2
    fail "Qt could not be configured"
}
[ "$configure_only" = yes ] && {
    step "Qt is configured in $work/build; without --configure-only it would be built now"
    exit 0
}
step "building Qt, about a quarter of an hour"
cmake --build "$work/build" >"$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log" >&2
    fail "Qt could not be built"
}
cmake --install "$work/build" --strip >"$work/install.log" 2>&1 || fail "Qt could not be installed to $target"
