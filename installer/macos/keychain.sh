#!/bin/bash
# Puts the certificates of a release into a keychain of their own, where MACOS_CERTIFICATES (a .p12 in base64, with the application's
# and the installer's) is set, and prints the CMake flags that sign with them: installer/macos/keychain.sh
# Beside it: MACOS_CERTIFICATES_PASSWORD, and for notarisation NOTARY_APPLE_ID, NOTARY_TEAM_ID and NOTARY_PASSWORD.
# Without MACOS_CERTIFICATES it prints nothing. `security delete-keychain concierge-release.keychain-db` takes it away again.
set -euo pipefail
if [ -z "${MACOS_CERTIFICATES:-}" ]; then
    echo "keychain.sh: MACOS_CERTIFICATES is empty: signed for this Mac only, and not notarised" >&2
    exit 0
fi
keychain=concierge-release.keychain-db
secret=$(/usr/bin/openssl rand -hex 24)
file=$(mktemp -t certificates)
trap 'rm -f "$file"' EXIT
printf '%s' "$MACOS_CERTIFICATES" | /usr/bin/openssl base64 -d -A -out "$file"

security create-keychain -p "$secret" "$keychain" >&2
security set-keychain-settings -lut 7200 "$keychain" >&2
security unlock-keychain -p "$secret" "$keychain" >&2
security import "$file" -f pkcs12 -k "$keychain" -P "${MACOS_CERTIFICATES_PASSWORD:-}" \
    -T /usr/bin/codesign -T /usr/bin/productbuild >&2
security set-key-partition-list -S apple-tool:,apple: -s -k "$secret" "$keychain" >/dev/null
# Beside those that are searched already.
old=()
while IFS= read -r line; do
    line=${line#*\"}
    old+=("${line%\"*}")
done < <(security list-keychains -d user)
security list-keychains -d user -s "$keychain" ${old[@]+"${old[@]}"} >&2

# identity <kind>: the certificate of that kind, by its whole name.
identity() { security find-identity -v "$keychain" | sed -n "s/.*\"\\(Developer ID $1: [^\"]*\\)\".*/\\1/p" | head -n 1; }
application=$(identity Application)
installer=$(identity Installer)
if [ -z "$application" ] || [ -z "$installer" ]; then
    echo "keychain.sh: MACOS_CERTIFICATES has to have a \"Developer ID Application\" and a \"Developer ID Installer\"" >&2
    exit 1
fi
echo "-DCONCIERGE_SIGN_IDENTITY=$application"
echo "-DCONCIERGE_INSTALLER_IDENTITY=$installer"
if [ -n "${NOTARY_APPLE_ID:-}" ]; then
    xcrun notarytool store-credentials concierge-release --keychain "$HOME/Library/Keychains/$keychain" \
        --apple-id "$NOTARY_APPLE_ID" --team-id "$NOTARY_TEAM_ID" --password "$NOTARY_PASSWORD" >&2
    echo "-DCONCIERGE_NOTARY_PROFILE=concierge-release"
fi
