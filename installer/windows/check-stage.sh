#!/usr/bin/env bash
# check-stage.sh FOLDER: every DLL that a program, plugin or DLL in FOLDER names is in FOLDER itself or one of Windows' own, by
# the list windows-dlls.txt; both programs have an icon and a version. Prints the closure. Called by stage.sh.
set -euo pipefail
stage=$1
own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/windows-dlls.txt
faults=0
fault() {
    echo "check-stage.sh: $*" >&2
    faults=$((faults + 1))
}

while read -r file; do
    shipped=()
    system=()
    for name in $(x86_64-w64-mingw32-objdump -p "$stage/$file" | sed -n 's/.*DLL Name: //p' | sort -u); do
        if [ -n "$(find "$stage" -maxdepth 1 -iname "$name")" ]; then
            shipped+=("$name")
        elif grep -qixF "$name" "$own"; then
            system+=("${name,,}")
        else
            fault "$file needs $name, which is neither shipped nor in windows-dlls.txt"
        fi
    done
    echo "$file: ${shipped[*]:-nothing} | Windows: ${system[*]:-nothing}"
done < <(cd "$stage" && find . -iname '*.dll' -o -iname '*.exe' | sed 's|^\./||' | sort)

for program in concierge.exe concierge-monitor.exe; do
    resources=$(wrestool -l "$stage/$program" 2>/dev/null || true)
    for kind in 3:icon 14:group_icon 16:version; do
        grep -q -- "--type=${kind%%:*} " <<<"$resources" || fault "$program has no ${kind#*:} resource"
    done
    # UTF-16, like all text of a resource.
    wrestool -x --raw -t 16 "$stage/$program" | tr -d '\0' | grep -aq ProductVersion || fault "$program names no version"
done
[ $faults = 0 ]
