#!/usr/bin/env bash
# Windows (Git's bash) and macOS: puts Qt's own binaries and vcpkg into a folder, for the presets `windows` and `macos-package`.
#   installer/libraries.sh FOLDER       500 MB; what is there already stays
# The last two lines, on stdout, are the environment that the presets take: QT_ROOT_DIR=..., VCPKG_ROOT=...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
qt_version=6.8.3
aqt_version=3.3.0

fail() {
    echo "libraries.sh: $*" >&2
    exit 1
}
[ $# = 1 ] || fail "where to? installer/libraries.sh FOLDER"
mkdir -p "$1"
folder=$(cd "$1" && pwd)

case $(uname -s) in
Darwin)
    qt=(mac desktop "$qt_version" clang_64)
    qt_root=$folder/Qt/$qt_version/macos
    python=python3
    scripts=bin
    bootstrap=./bootstrap-vcpkg.sh
    ;;
MINGW* | MSYS*)
    folder=$(cygpath -m "$folder") # as programs of Windows have it
    qt=(windows desktop "$qt_version" win64_msvc2022_64)
    qt_root=$folder/Qt/$qt_version/msvc2022_64
    python=python
    scripts=Scripts
    bootstrap=./bootstrap-vcpkg.bat
    ;;
*) fail "is for Windows and macOS; elsewhere ./run.sh installs what is missing" ;;
esac

if [ ! -d "$qt_root" ]; then
    "$python" -m venv "$folder/aqt"
    "$folder/aqt/$scripts/python" -m pip install --quiet "aqtinstall==$aqt_version" >&2
    # No more than is used: what is there may be shipped. qtdeclarative is for lupdate alone, which the monitor's tests run.
    "$folder/aqt/$scripts/python" -m aqt install-qt "${qt[@]}" --outputdir "$folder/Qt" \
        --archives qtbase qtdeclarative qttools qttranslations --modules qtwebsockets >&2
fi

# The very commit that the manifest names: its ports are read from there.
commit=$(sed -n 's/.*"builtin-baseline": "\([0-9a-f]*\)".*/\1/p' installer/vcpkg/vcpkg.json)
if [ ! -e "$folder/vcpkg/scripts/buildsystems/vcpkg.cmake" ]; then
    git init --quiet "$folder/vcpkg"
    git -C "$folder/vcpkg" fetch --quiet --depth 1 https://github.com/microsoft/vcpkg.git "$commit"
    git -C "$folder/vcpkg" checkout --quiet FETCH_HEAD
fi
(cd "$folder/vcpkg" && "$bootstrap" -disableMetrics >&2)

echo "QT_ROOT_DIR=$qt_root"
echo "VCPKG_ROOT=$folder/vcpkg"
