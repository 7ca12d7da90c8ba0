#!/usr/bin/env node
// node tests/bench/observed.mjs --bin <folder> [--before <folder>] [--guards] [--pairs 21] [--seconds 3] [--json file]
// What being observed costs the server, in CPU time for each message. How fast a machine is changes from second to second
// where others share it, so two servers always run at once, on the same core, each under the same load:
//   monitor  the real monitor is attached to the one, then to the other
//   guards   with --guards: token mode and every limit, set where it is never met, beside open mode without any
//   before   with --before: that folder's server beside this one's, and then this one's beside itself, which tells what
//            two equal programs differ by
// Linux only. Ends by itself; everything stays on loopback.
import { createHmac } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { end, fail, figuresOf, listening, median, openHome, pinned, pins, printed, quantile, sleep, start } from './lib/host.mjs';

const { values: options } = parseArgs({
    options: {
        bin: { type: 'string' },
        before: { type: 'string' },
        guards: { type: 'boolean', default: false },
        pairs: { type: 'string', default: '21' },
        seconds: { type: 'string', default: '3' },
        json: { type: 'string' },
    },
});
const [pairs, seconds] = [Number(options.pairs), Number(options.seconds)];
const wholeSeconds = Math.ceil(pairs * 2 * (seconds + 3)) + 10; // of one load that is measured with and without a monitor
if (wholeSeconds > 600) fail(`${pairs} pairs of ${seconds} s take longer than the load can: at most ${Math.floor(590 / 2 / (seconds + 3))} pairs`);
if (!options.bin || !(pairs >= 1) || !(seconds > 0)) fail('usage: observed.mjs --bin <folder with concierge, concierge-monitor and concierge-bench-load> [--before <folder with a concierge>] [--guards] [--pairs N] [--seconds N] [--json file]');

const most = 1.03; // CPU for each message, to without
const mostOfGuards = 1.05;
const program = (name, folder = options.bin) => join(resolve(folder), name);
const home = openHome(undefined, 4);

let sockets = 0;
async function serve(folder = options.bin, flags = []) {
    const socket = join(home, `monitor-${++sockets}.sock`);
    const server = start(pinned(0, [program('concierge', folder), '--port', 0, '--health-port', 0, '--bind', '127.0.0.1', '--workers', 1, '--log-level', 'error', ...flags]),
        { MONITOR_SOCKET: socket, DATA_DIR: join(home, `data-${sockets}`) });
    return Object.assign(server, { socket, port: await listening(server), health: await printed(server, /^health on (\S+)/m) });
}

const putLoadOn = (server, ...flags) => start(pinned(1, [program('concierge-bench-load'), '--port', server.port, '--server-pid', server.child.pid, '--timeout', 900, '--mode', 'pingpong', '--clients', 200, '--warmup', 1, ...flags]));

async function look(server) {
    const text = await (await fetch(`${server.health}/metrics`)).text();
    return { messages: Number(/^concierge_messages_received_total (\d+)/m.exec(text)[1]), cpu: Number(/^process_cpu_seconds_total (\S+)/m.exec(text)[1]) };
}

/** Microseconds of CPU for each message of the same `seconds`, of each server. */
async function cpuPerMessage(servers) {
    const before = await Promise.all(servers.map(look));
    await sleep(seconds * 1_000);
    const after = await Promise.all(servers.map(look));
    return after.map(({ cpu, messages }, index) => 1e6 * (cpu - before[index].cpu) / (messages - before[index].messages));
}

const descriptorsOf = server => readdirSync(`/proc/${server.child.pid}/fd`).length;

async function attachMonitor(server) {
    const descriptors = descriptorsOf(server);
    const monitor = start(pinned(1, [program('concierge-monitor'), '--socket', server.socket]),
        { QT_QPA_PLATFORM: 'offscreen', HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home });
    await sleep(2_000); // its start is not what it costs all day
    if (monitor.child.exitCode !== null) throw new Error(`the monitor did not start: ${monitor.stderr}`);
    if (descriptorsOf(server) <= descriptors) throw new Error('the monitor is not attached');
    return monitor;
}

async function withMonitor(inFlight) {
    const servers = [await serve(), await serve()];
    const loads = servers.map(server => putLoadOn(server, '--in-flight', inFlight, '--seconds', wholeSeconds));
    await sleep(4_000);
    const results = [];
    for (let pair = 0; pair < pairs; ++pair) {
        const windows = [];
        for (const server of servers) {
            const monitor = await attachMonitor(server);
            windows.push(await cpuPerMessage(servers));
            await end(monitor);
        }
        const [[onFirst, secondWithout], [firstWithout, onSecond]] = windows;
        // What differs between the two processes, and between the two windows, cancels out.
        results.push({ without: (firstWithout + secondWithout) / 2, with: (onFirst + onSecond) / 2, ratio: Math.sqrt(onFirst / secondWithout * (onSecond / firstWithout)) });
        console.error(JSON.stringify(results.at(-1)));
    }
    for (const load of loads) {
        if (load.child.exitCode !== null) throw new Error(`the load ended before: ${load.stderr}`);
        await end(load);
    }
    for (const server of servers) await end(server);
    return results;
}

async function together(before, now, isTurned, inFlight) {
    const turned = list => (isTurned ? list.reverse() : list);
    const servers = [];
    for (const folder of turned([before, now])) servers.push(await serve(folder));
    const loads = servers.map(server => putLoadOn(server, '--in-flight', inFlight, '--seconds', seconds));
    const figures = await Promise.all(loads.map(load => figuresOf(load, 'pingpong')));
    const [without, against] = turned(figures.map(({ serverCpuUsPerMessage }) => serverCpuUsPerMessage));
    for (const server of servers) await end(server);
    return { without, with: against, ratio: against / without };
}

const secret = 'a secret that the load and the server share';
const guards = ['--jwt-secret', secret, '--max-connections', 50_000, '--max-connections-per-address', 50_000, '--max-connections-per-user', 50_000,
    '--connection-rate', 50_000, '--event-rate', 1_000_000, '--event-burst', 1_000_000, '--byte-rate', '100MB', '--register-timeout', '1h',
    '--max-rooms-per-user', 10_000, '--memory-watermark', '10TB'];
const noGuards = ['--max-connections', 0, '--max-connections-per-user', 0, '--event-rate', 0, '--byte-rate', 0, '--max-rooms-per-user', 0];

/** A file of tokens for the users of the load. */
function tokenFile() {
    const encoded = value => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tokenOf = id => {
        const text = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded({ id, exp: Math.floor(Date.now() / 1000) + 7_200 })}`;
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const file = join(home, 'tokens');
    writeFileSync(file, Array.from({ length: 200 }, (_, i) => `user-${i} ${tokenOf(`user-${i}`)}\n`).join(''));
    return file;
}

async function guarded(inFlight, isTurned) {
    const turned = list => (isTurned ? list.reverse() : list);
    const tokens = tokenFile();
    const servers = [];
    for (const [flags, more] of turned([[noGuards, []], [guards, ['--tokens', tokens]]])) servers.push({ server: await serve(options.bin, flags), more });
    const loads = servers.map(({ server, more }) => putLoadOn(server, '--in-flight', inFlight, '--seconds', seconds, ...more));
    const figures = await Promise.all(loads.map(load => figuresOf(load, 'pingpong')));
    const [without, against] = turned(figures.map(({ serverCpuUsPerMessage }) => serverCpuUsPerMessage));
    for (const { server } of servers) await end(server);
    return { without, with: against, ratio: against / without };
}

async function sinceBefore(inFlight) {
    const results = { changed: [], same: [] };
    for (let pair = 0; pair < pairs; ++pair) {
        // Who starts first is worth a percent: each does in turn.
        const isTurned = pair % 2 === 1;
        results.changed.push(await together(options.before, options.bin, isTurned, inFlight));
        results.same.push(await together(options.bin, options.bin, isTurned, inFlight));
    }
    return results;
}

const told = [];
let isMissed = false;
function tell(title, results, isJudged = true, bar = most) {
    const of = field => results.map(result => result[field]);
    const ratio = median(of('ratio'));
    const verdict = !isJudged ? '' : ratio <= bar ? 'met' : 'MISSED';
    isMissed ||= verdict === 'MISSED';
    told.push(`| ${title} | ${median(of('without')).toFixed(2)} | ${median(of('with')).toFixed(2)} | ${ratio.toFixed(3)} | ${quantile(of('ratio'), 0.25).toFixed(3)} to ${quantile(of('ratio'), 0.75).toFixed(3)} | ${verdict && `${verdict} (${bar})`} |`);
    console.error(told.at(-1));
}

const all = {};
for (const inFlight of [1, 16]) {
    if (options.guards) {
        const results = [];
        for (let pair = 0; pair < pairs; ++pair) results.push(await guarded(inFlight, pair % 2 === 1));
        all[`guards, ${inFlight} in flight`] = results;
        tell(`token mode and all limits, ${inFlight} in flight`, results, true, mostOfGuards);
        if (!options.before) continue;
    }
    all[`monitor, ${inFlight} in flight`] = await withMonitor(inFlight);
    tell(`a monitor attached, ${inFlight} in flight`, all[`monitor, ${inFlight} in flight`]);
    if (!options.before) continue;
    const { changed, same } = await sinceBefore(inFlight);
    Object.assign(all, { [`before, ${inFlight} in flight`]: changed, [`same, ${inFlight} in flight`]: same });
    tell(`--before and now, ${inFlight} in flight`, changed);
    tell(`the same program twice, ${inFlight} in flight`, same, false);
}

console.log(`CPU of the server for each message, µs: medians of ${pairs} pairs of ${seconds} s, 200 clients in pairs, WORKERS=1${pins ? ', the servers pinned to one core, their loads to another' : ''}\n`);
console.log(`| | without | with | ratio of pairs | their quartiles | the bar |\n|---|---:|---:|---:|---|---|\n${told.join('\n')}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(all, null, 1)}\n`);
process.exitCode = isMissed ? 1 : 0;
