#!/usr/bin/env bash
# Does what the Dockerfile says in root folders of debootstrap, where no container engine runs, and tries what comes out: contents,
# size, user, that it serves as process 1 with the environment that a compose file sets, and the HEALTHCHECK's command. As root.
# Its ports are in a network name space of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. installer/setup.sh

[ "$(id -u)" = 0 ] || fail "has to be root: it makes root folders and changes into them"
apt_test+=(curl debootstrap iproute2 python3)
install_packages test
[ -d tests/clients/node_modules ] || (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error >&2)
work=$(mktemp -d /var/tmp/concierge-docker-XXXXXX)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    for folder in "$work"/*/proc "$work/net"; do
        mountpoint -q "$folder" && umount "$folder"
    done
    rm -rf --one-file-system "$work"
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
subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', base, os.environ.get('DEBIAN_MIRROR', 'http://deb.debian.org/debian')], check=True, stdout=subprocess.DEVNULL)
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
    elif word == 'STOPSIGNAL':
        image['signal'] = rest
    elif word == 'VOLUME':
        image['volume'] = rest
    elif word != 'EXPOSE':
        sys.exit(f'knows no {word}')
json.dump(stages['image'], open(f'{work}/image.json', 'w'))
PY
value() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))[sys.argv[2]]; print(" ".join(v) if isinstance(v, list) else v if isinstance(v, str) else " ".join(f"{k}={w}" for k, w in v.items()))' "$work/image.json" "$1"; }
expect() { # <what> <command...>
    local what=$1
    shift
    "$@" || fail "not so: $what"
    echo "ok: $what"
}
wait_for() { # <words> <file>, for 30 s
    local _
    for _ in $(seq 300); do
        ! grep -qs "$1" "$2" || return 0
        read -rt 0.1 <> <(:) || true
    done
    cat "$2" >&2
    fail "there is no \"$1\" in what it says"
}
root=$(value root)
user=$(value user)
set -f # HEALTH_BIND=*
read -ra environment <<<"$(value env)"
read -ra entry <<<"$(value entry)"
read -ra health <<<"$(value health)"
set +f
touch "$work/net"
unshare --net="$work/net" ip link set lo up
# As an engine does: a process of its own name space of processes, the image's user, its environment and what -e adds. No words: its
# entry point.
run() { # <log> [NAME=value...]
    local log=$1
    shift
    rm -f "$log"
    nsenter --net="$work/net" unshare --pid --fork --kill-child --mount sh -c 'mount -t proc proc "$0/proc" && exec "$@"' "$root" \
        chroot --userspec="$user:$user" "$root" env -i "${environment[@]}" "$@" sh -c 'cd "$0" && exec "$@"' "$(value dir)" "${entry[@]}" >"$log" 2>&1 &
    starter=$!
}
inside() { # docker exec
    nsenter --target "$server" --net --pid --mount chroot --userspec="$user:$user" "$root" env -i "${environment[@]}" "$@"
}
beside() { nsenter --net="$work/net" "$@"; }
# serves <log> [NAME=value...]
serves() {
    run "$@"
    wait_for '^monitor on' "$1"
    server=$(cat "/proc/$starter/task/$starter/children")
    server=${server%% *}
    expect "it is process 1 of its name space: $(grep '^NSpid' "/proc/$server/status" | tr '\t' ' ')" test "$(awk '/^NSpid/ { print $NF }' "/proc/$server/status")" = 1
    expect "and the user's: $(awk '/^Uid/ { print $2 }' "/proc/$server/status")" test "$(awk '/^Uid/ { print $2 }' "/proc/$server/status")" = "$(chroot "$root" id -u "$user")"
}
# What a stop does: its signal, and code 0 in good time.
stops() {
    local begin=$SECONDS
    kill -s "$(value signal)" "$server"
    wait "$starter" || fail "the server ended with $?"
    server=
    expect "$(value signal) ends process 1 within 10 s (it took $((SECONDS - begin)) s)" test $((SECONDS - begin)) -lt 10
}
origin() { beside curl -s -o "$work/answer" -w '%{http_code} %header{access-control-allow-origin}' -H "Origin: $1" 'http://127.0.0.1:4000/socket.io/?EIO=4&transport=polling'; }

step "the image"
echo "user: $user, $(chroot "$root" id "$user")"
echo "size: $(du -xsm --exclude=proc "$root" | cut -f1) MB, of it debootstrap's Debian $(du -xsm "$work/base" | cut -f1) MB (debian:12-slim is smaller: no documentation, no other languages)"
echo "contents beyond Debian's:"
chroot "$root" dpkg-query -W -f '${Package} ${Installed-Size} KB\n' >"$work/with"
chroot "$work/base" dpkg-query -W -f '${Package} ${Installed-Size} KB\n' >"$work/without"
comm -13 <(sort "$work/without") <(sort "$work/with")
ls -l "$root/usr/local/bin/concierge"
stat -c '%A %U:%G %n' "$root/data"
expect "no library is missing" test -z "$(chroot "$root" ldd /usr/local/bin/concierge | grep 'not found')"
expect "it does not run as root" test "$(chroot "$root" id -u "$user")" != 0
expect "the compiler is not in the image" test ! -e "$root/usr/bin/g++"
expect "the volume is the user's alone" test "$(stat -c '%a %u' "$root$(value volume)")" = "700 $(chroot "$root" id -u "$user")"

step "serves with what the image sets, and CLIENT_URL"
serves "$work/log" CLIENT_URL=https://www.example.com
cat "$work/log"
beside node installer/chat.mjs http://127.0.0.1:4000 first
expect "a page of CLIENT_URL may connect" test "$(origin https://www.example.com)" = "200 https://www.example.com"
expect "another one gets no leave of a browser" test "$(origin http://localhost:3000)" = "200 "
expect "the health port is open to Docker's network" beside sh -c "ss -Hltn 'sport = :4001' | grep -q '[*]:4001\|0\.0\.0\.0:4001'"
echo "# ${health[*]}"
inside "${health[@]}" >"$work/health" || fail "the health check says that it is not healthy"
cut -c1-200 "$work/health"
stops

step "what waited is in the volume; the variables of the seed's .env, as -e or --env-file"
serves "$work/log" PORT=4000 CLIENT_URL=http://localhost:3000 NODE_ENV=development LOG_LEVEL=info REDIS_URL=redis://localhost:6379 MAX_TEXT_LENGTH=4
beside node installer/chat.mjs http://127.0.0.1:4000 second
expect "CLIENT_URL" test "$(origin http://localhost:3000)" = "200 http://localhost:3000"
expect "NODE_ENV" sh -c "! grep -q 'OPEN MODE IN PRODUCTION' '$work/log'"
expect "LOG_LEVEL" grep -q ' info ' "$work/log"
expect "that no Redis answers at REDIS_URL is said, and it serves" grep -q 'not in the cluster: Redis at localhost:6379' "$work/log"
stops
serves "$work/log" NODE_ENV=production PORT=4010 CLIENT_URL=https://your-frontend-domain.com LOG_LEVEL=warn
expect "PORT" beside curl -sf -o /dev/null 'http://127.0.0.1:4010/socket.io/?EIO=4&transport=polling'
expect "LOG_LEVEL" sh -c "! grep -q ' info ' '$work/log'"
expect "NODE_ENV" grep -q 'OPEN MODE IN PRODUCTION' "$work/log"
# shellcheck disable=SC2016
expect "HEALTHCHECK fails when the server hangs" sh -c 'kill -STOP "$1"; shift; "$@" >/dev/null 2>&1; code=$?; kill -CONT "$0"; test $code -gt 0' \
    "$server" "$server" timeout 20 nsenter --target "$server" --net --mount chroot --userspec="$user:$user" "$root" env -i "${environment[@]}" "${health[@]}"
stops

step "what goes wrong is said"
code=0
run "$work/log" LOG_LEVEL=loud
wait "$starter" || code=$?
cat "$work/log"
expect "a wrong variable ends it with code 2 and one line that names it" test "$code $(grep -c '^concierge: LOG_LEVEL' "$work/log") $(wc -l <"$work/log")" = "2 1 1"
chown root: "$root/data"
chmod 755 "$root/data" # as a folder of root in the place of the volume
code=0
run "$work/log"
wait "$starter" || code=$?
cat "$work/log"
expect "a volume of somebody else ends it with code 1 and a line that names DATA_DIR" test "$code $(grep -c '^concierge: DATA_DIR.*/data' "$work/log")" = "1 1"
step "passed"
