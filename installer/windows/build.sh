#!/usr/bin/env bash
# Builds the Windows installer on Debian 12 and installs what that needs: installer/windows/build.sh [flags]
#   --qt FOLDER     takes the ready qt-6.4.2-mingw64.tar.zst from there if its checksum fits; else, and without the
#                   flag (or CONCIERGE_WINDOWS_QT), Qt is built from Debian's source package first: 17 minutes
#   --without-websockets  long polling only, for a trial: --version, the log and the installer's title say so
#   --version X     programs and installer call themselves that, to try an upgrade
#   --build FOLDER  builds there instead of build/windows
# The installer is named at the end, on stdout.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
. installer/setup.sh
. installer/windows/packages.sh

ready=${CONCIERGE_WINDOWS_QT:-}
websockets=ON
version=
build=build/windows
while [ $# -gt 0 ]; do
    case $1 in
    --without-websockets) websockets=OFF ;;
    --qt | --version | --build)
        [ $# -ge 2 ] || fail "$1 takes a value"
        case $1 in --qt) ready=$2 ;; --version) version=$2 ;; --build) build=$2 ;; esac
        shift
        ;;
    *) fail "knows --qt FOLDER, --without-websockets, --version X and --build FOLDER, not: $1" ;;
    esac
    shift
done

# Shared by all builds.
parts=$PWD/build/windows-parts
qt_archive=qt-6.4.2-mingw64.tar.zst
qt_sha256=6aac1ed7b7dec8113688ec3ce449eba4a8c718e4629c868625e4f36037a9f73e

provide_qt() {
    [ -e "$parts/qt/lib/cmake/Qt6/qt.toolchain.cmake" ] && return
    if [ -n "$ready" ]; then
        if [ ! -e "$ready/$qt_archive" ]; then
            step "there is no $qt_archive in $ready: building Qt"
        elif [ "$(sha256sum <"$ready/$qt_archive" | cut -d' ' -f1)" != $qt_sha256 ]; then
            step "the checksum of $ready/$qt_archive is not the one known here: building Qt"
        else
            step "unpacking $ready/$qt_archive"
            tar --zstd -xf "$ready/$qt_archive" -C "$parts"
            return
        fi
    fi
    "$here/build-qt.sh" "$parts/qt"
}

provide_simdjson() {
    [ -e "$parts/simdjson/lib/libsimdjson.a" ] && return
    fetch_source "$parts" simdjson
    mv "$parts/simdjson" "$parts/simdjson-source"
    step "building simdjson"
    cmake -G Ninja -S "$parts/simdjson-source" -B "$parts/simdjson-build" -DCMAKE_TOOLCHAIN_FILE="$here/mingw.cmake" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DSIMDJSON_DEVELOPER_MODE=OFF \
        -DCMAKE_INSTALL_PREFIX="$parts/simdjson" >"$parts/simdjson.log" 2>&1 \
        && cmake --build "$parts/simdjson-build" >>"$parts/simdjson.log" 2>&1 \
        && cmake --install "$parts/simdjson-build" >>"$parts/simdjson.log" 2>&1 \
        || fail "simdjson could not be built; the log is $parts/simdjson.log"
}

# Its parser of replies alone: the rest is sockets, for which there is Qt.
provide_hiredis() {
    [ -e "$parts/hiredis/lib/libhiredis.a" ] && return
    fetch_source "$parts" hiredis
    mv "$parts/hiredis" "$parts/hiredis-source"
    step "building hiredis"
    mkdir -p "$parts/hiredis/include/hiredis" "$parts/hiredis/lib"
    (
        cd "$parts/hiredis-source" && cp hiredis.h read.h sds.h alloc.h "$parts/hiredis/include/hiredis" \
            && x86_64-w64-mingw32-gcc-posix -std=c99 -O2 -c read.c sds.c \
            && x86_64-w64-mingw32-ar rcs "$parts/hiredis/lib/libhiredis.a" read.o sds.o
    ) >"$parts/hiredis.log" 2>&1 || fail "hiredis could not be built; the log is $parts/hiredis.log"
}

# Headers alone, and none else of /usr/include.
provide_boost() {
    mkdir -p "$parts/boost"
    ln -sfn /usr/include/boost "$parts/boost/boost"
}
provide_msgpack() {
    mkdir -p "$parts/msgpack"
    ln -sfn /usr/include/msgpack "$parts/msgpack/msgpack"
}

install_windows_packages
mkdir -p "$parts"
provide_qt
provide_simdjson
provide_hiredis
provide_boost
provide_msgpack

step "configuring $build (the log is $build/configure.log)"
mkdir -p "$build"
cmake -G Ninja -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE="$parts/qt/lib/cmake/Qt6/qt.toolchain.cmake" \
    -DQT_CHAINLOAD_TOOLCHAIN_FILE="$here/mingw.cmake" -DQT_HOST_PATH=/usr \
    -DQT_HOST_PATH_CMAKE_DIR=/usr/lib/x86_64-linux-gnu/cmake \
    -DQt6LinguistTools_DIR=/usr/lib/x86_64-linux-gnu/cmake/Qt6LinguistTools \
    -DCMAKE_BUILD_TYPE=Release -DCONCIERGE_TESTS=OFF -DCONCIERGE_WEBSOCKETS=$websockets \
    -DCMAKE_FIND_ROOT_PATH="$parts/qt;$parts/simdjson;$parts/hiredis" -Dsimdjson_DIR="$parts/simdjson/lib/cmake/simdjson" \
    -DCMAKE_AUTORCC_OPTIONS=--no-zstd -DBoost_NO_BOOST_CMAKE=ON -DBoost_INCLUDE_DIR="$parts/boost" \
    -DMSGPACK_INCLUDE_DIR="$parts/msgpack" -DZLIB_USE_STATIC_LIBS=ON \
    -DCONCIERGE_VERSION_OVERRIDE="$version" >"$build/configure.log" 2>&1 || {
    tail -n 30 "$build/configure.log" >&2
    fail "could not configure the build"
}
step "building"
cmake --build "$build" --target installer >&2 || fail "the build failed"
ls "$PWD/$build"/*.exe
