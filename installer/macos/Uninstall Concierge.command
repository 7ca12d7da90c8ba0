#!/bin/bash
# Removes Concierge from this Mac. Asks whether to remove the data too; --keep-data and --remove-data answer beforehand.
set -euo pipefail

app="/Applications/Concierge Monitor.app"
home="/Library/Application Support/Concierge"
logs=/Library/Logs/Concierge

data=ask
case "$*" in
"") ;;
--keep-data) data=keep ;;
--remove-data) data=remove ;;
*)
    echo "takes --keep-data or --remove-data, not: $*" >&2
    exit 2
    ;;
esac

if [ "$(id -u)" != 0 ]; then
    echo "To remove Concierge, macOS asks for your password."
    exec sudo "$0" "$@"
fi
if pgrep -f "$app/Contents/MacOS/Concierge Monitor" >/dev/null; then
    echo "Concierge Monitor is open. Quit it first, then start this again." >&2
    exit 1
fi
if [ "$data" = ask ]; then
    echo "The messages that wait, the settings and the logs can stay for a later installation."
    read -r -p "Remove them too? Type yes to remove them, or press Return to keep them: " answer
    if [ "$answer" = yes ]; then data=remove; else data=keep; fi
fi

is_loaded() { /bin/launchctl print system/concierge >/dev/null 2>&1; }
if is_loaded; then
    echo "The server is stopping ..."
    /bin/launchctl bootout system/concierge || true
    for ((second = 0; second < 60; second++)); do
        is_loaded || break
        sleep 1
    done
    if is_loaded; then
        echo "The server did not end within a minute. Nothing was removed." >&2
        exit 1
    fi
fi

rm -f /Library/LaunchDaemons/concierge.plist /private/etc/paths.d/concierge
rm -rf "$app" "$home/run"
if [ "$data" = remove ]; then
    rm -rf "$home" "$logs"
    for record in /Users/_concierge /Groups/_concierge; do
        ! /usr/bin/dscl . -read "$record" >/dev/null 2>&1 || /usr/bin/dscl . -delete "$record"
    done
else
    rm -f "$home/Uninstall Concierge.command"
    echo "Kept: $home and $logs, with the account _concierge that they belong to."
fi
for package in concierge.app concierge.service; do
    pkgutil --forget "$package" >/dev/null 2>&1 || true
done
echo "Concierge is removed."
