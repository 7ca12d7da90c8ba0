#!/usr/bin/env bash
# Does what the Dockerfile says in root folders of debootstrap, where no container engine runs, and tries what comes out: contents,
# size, user, that it serves with the environment that a compose file sets, and the HEALTHCHECK's command. As root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. installer/setup.sh

[ "$(id -u)" = 0 ] || fail "has to be root: it makes root folders and changes into them"
apt_test+=(debootstrap python3)
install_packages test
[ -d tests/clients/node_modules ] || (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error >&2)
work=$(mktemp -d /var/tmp/concierge-docker-XXXXXX)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    for folder in "$work"/*/proc; do mountpoint -q "$folder" && umount "$folder"; done
    rm -rf "$work"
}
trap cleanup EXIT

# One stage after another, instruction by instruction: {name: folder}.
step "the stages of the Dockerfile"
python3 - "$work" <<'PY'
import json, os, re, shlex, shutil, subprocess, sys
work = sys.argv[1]
text = open('installer/docker/Dockerfile').read()
lines = [l for l in re.sub(r'\\\n\s*', ' ', text).split('\n') if l.strip() and not l.startswith('#')]
ignored = [l for l in open('installer/docker/Dockerfile.dockerignore').read().split()]
base = f'{work}/base'
subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', base, 'http://deb.debian.org/debian'], check=True, stdout=subprocess.DEVNULL)
shutil.copy('/etc/resolv.conf', f'{base}/etc/resolv.conf')
subprocess.run(['chroot', base, 'apt-get', 'clean'], check=True)
stages, image = {}, None
for line in lines:
    word, rest = line.split(None, 1)
    print('#', line[:150], flush=True)
    if word == 'FROM':
        name = rest.split(' AS ')[1] if ' AS ' in rest else 'image'
        image = {'root': f'{work}/{name}', 'env': {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}, 'dir': '/', 'user': 'root'}
        stages[name] = image
        subprocess.run(['cp', '-a', base, image['root']], check=True)
        subprocess.run(['mount', '-t', 'proc', 'proc', image['root'] + '/proc'], check=True)
    elif word == 'WORKDIR':
        image['dir'] = rest
        os.makedirs(image['root'] + rest, exist_ok=True)
    elif word == 'ENV':
        image['env'] |= dict(pair.split('=', 1) for pair in shlex.split(rest))
    elif word == 'RUN':
        env = image['env'] | {'DEBIAN_FRONTEND': 'noninteractive'}
        subprocess.run(['chroot', image['root'], 'sh', '-c', f"cd {image['dir']} && {rest}"], check=True, env=env, stdout=subprocess.DEVNULL)
    elif word == 'COPY':
        parts = rest.split()
        source = '.'
        if parts[0].startswith('--from='):
            source = stages[parts.pop(0)[7:]]['root']
        target = parts[1] if parts[1].startswith('/') else os.path.join(image['dir'], parts[1])
        if parts[0] == '.':
            flags = [f'--exclude=./{i}' if not i.startswith('**/') else f'--exclude={i[3:]}' for i in ignored]
            tar = subprocess.Popen(['tar', '-c', *flags, '.'], stdout=subprocess.PIPE)
            subprocess.run(['tar', '-x', '--no-same-owner', '-C', image['root'] + target], stdin=tar.stdout, check=True)
        else:
            os.makedirs(os.path.dirname(image['root'] + target), exist_ok=True)
            shutil.copy(source + '/' + parts[0], image['root'] + target)
    elif word == 'USER':
        image['user'] = rest
    elif word == 'HEALTHCHECK':
        image['health'] = json.loads(rest.split('CMD ', 1)[1])
    elif word == 'ENTRYPOINT':
        image['entry'] = json.loads(rest)
json.dump(stages['image'], open(f'{work}/image.json', 'w'))
PY
value() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))[sys.argv[2]]; print(" ".join(v) if isinstance(v, list) else v if isinstance(v, str) else " ".join(f"{k}={w}" for k, w in v.items()))' "$work/image.json" "$1"; }
root=$(value root)
inside() { # as the image's user, with its environment and what a compose file would add
    # shellcheck disable=SC2046
    chroot --userspec="$(value user):$(value user)" "$root" env -i $(value env) PORT=4000 CLIENT_URL=http://localhost:3000 LOG_LEVEL=warn "$@"
}

step "the image"
echo "user: $(value user), $(chroot "$root" id "$(value user)")"
echo "size: $(du -xsm --exclude=proc "$root" | cut -f1) MB, of it Debian without anything $(du -xsm "$work/base" | cut -f1) MB"
echo "contents beyond Debian's:"
chroot "$root" dpkg-query -W -f '${Package} ${Installed-Size} KB\n' >"$work/with"
chroot "$work/base" dpkg-query -W -f '${Package} ${Installed-Size} KB\n' >"$work/without"
comm -13 <(sort "$work/without") <(sort "$work/with")
ls -l "$root/usr/local/bin/concierge"
stat -c '%A %U:%G %n' "$root/data"
[ -z "$(chroot "$root" ldd /usr/local/bin/concierge | grep 'not found')" ] || fail "a library is missing"
[ "$(value user)" != root ] || fail "it would run as root"
[ ! -e "$root/usr/bin/g++" ] || fail "the compiler is in the image"

step "serves"
# shellcheck disable=SC2046
inside sh -c "cd /data; exec $(value entry)" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 100); do grep -q '^monitor on' "$work/log" && break || read -rt 0.1 <> <(:) || true; done
cat "$work/log"
node installer/debian/chat.mjs http://127.0.0.1:4000 first
echo "# $(value health)"
# shellcheck disable=SC2046
inside $(value health) | cut -c1-200 || fail "the health check says that it is not healthy"
kill "$server"
wait "$server" || fail "the server ended with $?"
server=
# shellcheck disable=SC2046
! inside $(value health) 2>/dev/null || fail "the health check says that a stopped server is healthy"
step "passed"
