# shellcheck shell=bash
# Shared by the scripts of this folder: what a bare Debian 12 lacks. Sourced after installer/setup.sh.

apt_windows=(g++-mingw-w64-x86-64-posix libz-mingw-w64-dev libboost-dev libmsgpack-cxx-dev nsis icoutils zstd dpkg-dev ca-certificates
    qt6-base-dev-tools)

install_windows_packages() {
    apt_build+=("${apt_windows[@]}" "$@")
    # Somebody's own Node brings its npm along.
    if node_is_new_enough; then
        local kept=() package
        for package in "${apt_build[@]}"; do
            case $package in nodejs | npm) ;; *) kept+=("$package") ;; esac
        done
        apt_build=("${kept[@]}")
    fi
    install_apt build
}

# fetch_source <folder> <package>: Debian's source of a package, with Debian's patches, as <folder>/<package>. Lists of its
# own, so that the machine's stay as they are.
fetch_source() {
    local folder=$1 package=$2 apt
    [ -e "$folder/$package" ] && return
    step "fetching the source of $package"
    apt=$folder/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
    printf '%s\n' 'Types: deb-src' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm' 'Components: main' \
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$apt/sources/source.sources"
    local options=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/sources"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    (cd "$folder" && apt-get "${options[@]}" update >&2 \
        && apt-get "${options[@]}" source --download-only "$package" >&2) \
        || fail "the source of $package cannot be had from deb.debian.org"
    rm -rf "$folder/$package.new"
    dpkg-source --no-check -x "$folder/$package"_*.dsc "$folder/$package.new" >/dev/null
    mv "$folder/$package.new" "$folder/$package"
}
