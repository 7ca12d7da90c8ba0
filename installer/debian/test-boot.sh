# shellcheck shell=bash
# The second half of test.sh, which sources it: the same Debian, booted. Its systemd is the real one, its network has nothing else.

booted() { nsenter --target "$init" --root --wd=/ --mount --uts --ipc --pid --net --cgroup "${clean_environment[@]}" "$@"; }
boot() {
    systemd-nspawn --quiet --register=no --keep-unit --resolv-conf=off --timezone=off --network-namespace-path="$work/net" -D "$root" -b </dev/null >>"$work/boot.log" 2>&1 &
    nspawn=$!
    local state='' _
    for _ in $(seq 300); do
        init=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null) && init=${init%% *}
        [ -z "$init" ] || state=$(booted systemctl is-system-running 2>/dev/null) || true
        case $state in
        running | degraded) break ;;
        esac
        pause
    done
    case $state in
    running | degraded) ;;
    *)
        tail -n 20 "$work/boot.log" >&2
        fail "systemd-nspawn could not boot it (in a container of its own it may not; --no-boot leaves this half out)"
        ;;
    esac
    enter=(nsenter --target "$init" --root --wd=/ --mount --uts --ipc --pid --net --cgroup)
    echo "$(booted systemctl --version | head -n 1) is $state"
}
power_off() {
    booted systemctl poweroff --no-block || true
    wait "$nspawn" || true
    nspawn=
    init=
}
property() { booted systemctl show --value -p "$1" concierge.service; }
eventually() { # <what> <seconds> <command...>
    local what=$1 until=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || {
            booted journalctl --no-pager -u concierge.service -n 30 >&2
            fail "not so in time: $what"
        }
        pause
    done
    echo "ok: $what"
}
is_active() { [ "$(property ActiveState)" = active ]; }
is_another() { # in one question: between two it may die
    local now
    now=$(booted systemctl show -p MainPID -p ActiveState concierge.service)
    [[ $now == *ActiveState=active* && ! $now =~ MainPID=(0|$1)($|[^0-9]) ]]
}
has_restarted() { [ "$(property NRestarts)" -ge "$1" ]; }
# The server's process, as it is seen from outside.
host_pid() {
    local pid
    for pid in $(pgrep -x concierge); do
        if [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$init/ns/pid")" ]; then
            echo "$pid"
            return
        fi
    done
    fail "the server's process cannot be found"
}
drop_in() { # <words of [Service]...>
    mkdir -p "$root/etc/systemd/system/concierge.service.d"
    printf '%s\n' '[Service]' "$@" >"$root/etc/systemd/system/concierge.service.d/trial.conf"
    booted systemctl daemon-reload
}

step "the same, booted"
inside env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd-sysv dbus procps >/dev/null 2>&1
boot
apt "$work/apt" install -y --no-install-recommends /packages/older.deb
expect "the service runs at once" is_active
expect "and is enabled" test "$(property UnitFileState)" = enabled
expect "who installs it is told that it runs" says 'It runs, and starts with the computer' "$work/apt"
echo "systemctl status: $(property StatusText)"
expect "systemd knows where it listens" test "$(property StatusText)" = "listening on http://localhost:4000"
chat first
booted concierge status
booted gpasswd --add olga concierge # as the end of the installation says
booted setpriv --reuid=olga --regid=olga --init-groups concierge status >"$work/seen" || true
expect "a member of the group sees it" says HEALTHY "$work/seen"

step "the sandbox"
pid=$(host_pid)
grep -E '^(Uid|NoNewPrivs|Seccomp|CapEff|CapBnd):' "/proc/$pid/status"
expect "no capabilities" test "$(awk '/^CapBnd/ { print $2 }' "/proc/$pid/status")" = 0000000000000000
expect "no new rights" test "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status")" = 1
expect "a filter of system calls" test "$(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status")" = 2
expect "files: $(property LimitNOFILE)" test "$(property LimitNOFILE)" = 1048576
uid=$(inside id -u concierge)
gid=$(inside id -g concierge)
in_sandbox() { nsenter --target "$pid" --mount --root --setuid="$uid" --setgid="$gid" "$@"; }
for folder in /var/lib/concierge /var/backups/concierge /var/log/concierge /run/concierge /tmp; do
    expect "it may write to $folder" in_sandbox touch "$folder/trial"
    in_sandbox rm "$folder/trial"
done
for folder in /etc /etc/concierge /usr/bin /var/lib /var/log /home/olga /root; do
    expect "it may not write to $folder" no nsenter --target "$pid" --mount --root touch "$folder/trial" 2>/dev/null
done

step "it crashes"
before=$(property MainPID)
booted kill -KILL "$before"
eventually "systemd has started another one" 20 is_another "$before"
chat again

step "its threads hang, the main one or another"
drop_in WatchdogSec=8s
booted systemctl restart concierge
for thread in main other; do
    before=$(property MainPID)
    pid=$(host_pid)
    # Stops this one thread, until the process ends.
    python3 -c '
import ctypes, os, sys
pid, which = int(sys.argv[1]), sys.argv[2]
names = {int(t): open(f"/proc/{pid}/task/{t}/comm").read().strip() for t in os.listdir(f"/proc/{pid}/task")}
print("threads:", names, flush=True)
tid = pid if which == "main" else next(t for t, n in sorted(names.items()) if t != pid and n.startswith(("chat", "io-")))
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, tid, None, None) != 0: sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(tid, 0x40000000)
print("holds", names[tid], flush=True)
try: os.waitpid(tid, 0x40000000)
except ChildProcessError: pass' "$pid" "$thread" >"$work/hold" 2>&1 &
    others+=($!)
    begin=$SECONDS
    eventually "systemd has ended it and started another one ($thread)" 60 is_another "$before"
    cat "$work/hold"
    expect "which was held" says '^holds' "$work/hold"
    echo "after $((SECONDS - begin)) s, of WatchdogSec=8s"
done
booted journalctl --no-pager -o cat -u concierge.service | grep -i watchdog | tail -n 2
rm "$root/etc/systemd/system/concierge.service.d/trial.conf"
booted systemctl daemon-reload
booted systemctl restart concierge

step "upgrading while it runs and people are online"
printf 'MAX_TEXT_LENGTH=4\n' >>"$configuration"
cp "$configuration" "$work/changed.conf"
chat first
"${beside[@]}" node installer/chat.mjs http://127.0.0.1:4000 stay >"$work/stay" 2>&1 &
stayed=$!
others+=("$stayed")
eventually "Eva is online" 10 says '^connected$' "$work/stay"
before=$(property MainPID)
since=@$(date +%s)
apt "$work/apt" install -y --no-install-recommends "/packages/$deb"
expect "the new version runs" is_another "$before"
expect "that is told" says 'Concierge is updated. It runs' "$work/apt"
expect "the configuration is kept" cmp "$work/changed.conf" "$configuration"
wait "$stayed" || fail "Eva did not come back: $(cat "$work/stay")"
cat "$work/stay"
chat second
expect "the old one ended in order" no booted journalctl --quiet -u concierge.service --since="$since" -g 'SIGKILL|Failed with result'

step "another program has its port"
booted systemctl stop concierge
expect "a stop is a success" test "$(property Result)" = success
"${beside[@]}" python3 -c 'import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", 4000)); s.listen(); time.sleep(600)' &
thief=$!
others+=("$thief")
pause 1
apt "$work/apt" install -y --reinstall --no-install-recommends "/packages/$deb"
expect "who installs it is told which, and what to do" says 'IT COULD NOT START: PORT: cannot listen' "$work/apt"
expect "it is installed all the same" test "$(booted dpkg-query -W -f '${db:Status-Abbrev}' concierge)" = "ii "
eventually "it is tried again and again" 40 has_restarted 3
booted journalctl --no-pager -o short-unix -u concierge.service | awk '/PORT: cannot listen/ { t = $1; sub(/\..*/, "", t); if (last) printf "again after %d s\n", t - last; last = t }' | tail -n 8
kill "$thief"
eventually "it runs when the port is free" 90 is_active

step "a wrong setting"
printf 'PORT=many\n' >>"$configuration"
code=0
booted systemctl restart concierge >"$work/failed" 2>&1 || code=$?
expect "the restart says that it failed" test "$code" -gt 0
pause 6
expect "it is not tried again" test "$(property ActiveState) $(property NRestarts) $(property ExecMainStatus)" = "failed 0 2"
booted journalctl --no-pager -o cat -u concierge.service | grep '^concierge: PORT' | tail -n 1
sed -i '/^PORT=many$/d' "$configuration"
booted systemctl restart concierge

step "the machine starts anew"
chat first
power_off
boot
eventually "the service runs" 30 is_active
chat second

step "purge while it runs"
pid=$(host_pid)
apt "$work/apt" purge -y concierge
expect "the server is gone" test ! -e "/proc/$pid"
expect "and systemd knows no such service" test "$(property LoadState)" = not-found
power_off
rm -rf "$root/etc/systemd/system/concierge.service.d"
nothing_is_left
