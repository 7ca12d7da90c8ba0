#!/usr/bin/env bash
# stage.sh BUILD QT: gathers into BUILD/stage what the installer ships: the programs, stripped, the plugins, and the closure of
# the DLLs that they name. Fails where one is neither ours nor Windows'. Called by the target `installer`.
set -euo pipefail
build=$1
qt=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stage=$build/stage
gcc=$(dirname "$(x86_64-w64-mingw32-gcc-posix -print-libgcc-file-name)")

rm -rf "$stage"
mkdir -p "$stage"
cp "$build/bin/concierge.exe" "$build/bin/concierge-monitor.exe" "$stage/"
for plugin in platforms/qwindows styles/qwindowsvistastyle sqldrivers/qsqlite tls/qschannelbackend imageformats/qico; do
    mkdir -p "$stage/${plugin%/*}"
    cp "$qt/plugins/$plugin.dll" "$stage/$plugin.dll"
done
cp "$root/LICENSE" "$stage/LICENSE.txt"
[ ! -e "$root/installer/THIRD-PARTY.md" ] || cp "$root/installer/THIRD-PARTY.md" "$stage/THIRD-PARTY.txt"

# Windows' own, by the import libraries that MinGW has of it; the api-ms sets are Windows' too.
is_windows() {
    case $1 in api-ms-win-*) return 0 ;; esac
    [ -e "/usr/x86_64-w64-mingw32/lib/lib${1%.dll}.a" ]
}
names() { x86_64-w64-mingw32-objdump -p "$1" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort -u; }

added=yes
while [ $added = yes ]; do
    added=no
    while read -r file; do
        for name in $(names "$file"); do
            [ -z "$(find "$stage" -maxdepth 1 -iname "$name")" ] || continue
            for folder in "$qt/bin" "$gcc" /usr/x86_64-w64-mingw32/lib; do
                found=$(find "$folder" -maxdepth 1 -iname "$name" | head -n 1)
                [ -n "$found" ] || continue
                cp "$found" "$stage/"
                added=yes
                break
            done
            if [ -z "$found" ] && ! is_windows "$name"; then
                echo "stage.sh: ${file#"$stage/"} needs $name, which is nowhere" >&2
                exit 1
            fi
        done
    done < <(find "$stage" -name '*.dll' -o -name '*.exe')
done
find "$stage" \( -name '*.dll' -o -name '*.exe' \) -exec x86_64-w64-mingw32-strip {} +

# For the uninstaller, which removes what was installed and nothing else; and for the check that none is in use.
(cd "$stage" && find . -type f | sed 's|^\./||; s|/|\\|g' | sort) >"$build/stage-files.txt"
{
    echo '!macro eachProgram MACRO'
    grep -E '\.(dll|exe)$' "$build/stage-files.txt" | sed 's/.*/  !insertmacro ${MACRO} "&"/'
    echo '!macroend'
    echo '!macro removeFiles'
    sed 's/.*/  Delete "$INSTDIR\\&"/' "$build/stage-files.txt"
    (cd "$stage" && find . -mindepth 1 -type d) | sed 's|^\./||; s|/|\\|g; s/.*/  RMDir "$INSTDIR\\&"/'
    echo '!macroend'
} >"$build/stage-files.nsh"
