#!/usr/bin/env bash
# stage.sh BUILD QT: gathers into BUILD/stage what the installer ships: the programs, stripped, the plugins, and the closure of
# the DLLs that they name. Fails where check-stage.sh does. Called by the target `installer`.
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
cp "$root/installer/THIRD-PARTY.md" "$stage/THIRD-PARTY.txt"

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
        done
    done < <(find "$stage" -name '*.dll' -o -name '*.exe')
done
find "$stage" \( -name '*.dll' -o -name '*.exe' \) -exec x86_64-w64-mingw32-strip {} +

"$root/installer/windows/check-stage.sh" "$stage"
