#!/usr/bin/env bash
# Writes SHA256SUMS of the files in a folder into it, signed as SHA256SUMS.asc where GPG_PRIVATE_KEY (an armoured key, and
# GPG_PASSPHRASE, if it has one) is set: installer/release/checksums.sh FOLDER
set -euo pipefail
if [ $# != 1 ] || [ ! -d "$1" ]; then
    echo "usage: checksums.sh FOLDER" >&2
    exit 2
fi
cd "$1"
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

rm -f SHA256SUMS SHA256SUMS.asc
files=()
for file in *; do
    [ -f "$file" ] || {
        echo "checksums.sh: $file is no file" >&2
        exit 1
    }
    files+=("$file")
done
sum "${files[@]}" >SHA256SUMS
cat SHA256SUMS

if [ -z "${GPG_PRIVATE_KEY:-}" ]; then
    echo "checksums.sh: not signed, for GPG_PRIVATE_KEY is empty" >&2
    exit 0
fi
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
gpg --batch --quiet --import <<<"$GPG_PRIVATE_KEY"
gpg --batch --quiet --yes --pinentry-mode loopback --passphrase-fd 0 --armor --detach-sign SHA256SUMS <<<"${GPG_PASSPHRASE:-}"
gpg --batch --quiet --verify SHA256SUMS.asc SHA256SUMS
