#!/usr/bin/env node
// node tests/bench/run.mjs --bin <folder> [--quick] [--rounds 5] [--seconds 5] [--only node|concierge] [--json file]
// This server and the seed's logic on npm's socket.io, side by side in one run: the rounds alternate, the figures are
// medians, the verdicts are ratios. Linux only. Ends by itself; everything stays on loopback.
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { end, fail, figuresOf, listening, median, openHome, pinned, pins, start } from './lib/host.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const { values: options } = parseArgs({
    options: {
        bin: { type: 'string' },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
    },
});
if (!options.bin) fail('usage: run.mjs --bin <folder with concierge and concierge-bench-load> [--quick] [--rounds N] [--seconds N] [--only node|concierge] [--json file]');
if (!existsSync(join(here, '../clients/node_modules/socket.io'))) fail(`first: npm ci --prefix ${resolve(here, '../clients')}`);

const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const seconds = Number(options.seconds ?? (options.quick ? 2 : 5));
const scale = options.quick ? { idleBeside: 5_000, online: 300, idle: 1_000 } : { idleBeside: 17_000, online: 1_000, idle: 5_000 };
const load = join(resolve(options.bin), 'concierge-bench-load');

const servers = {
    concierge: [join(resolve(options.bin), 'concierge'), '--port', '0', '--health-port', '0', '--bind', '127.0.0.1', '--workers', '1', '--log-level', 'error'],
    node: [process.execPath, join(here, 'seed-server.mjs')],
};
const names = Object.keys(servers).filter(name => !options.only || options.only === name);
const pingPong = (inFlight, idle) => ['--mode', 'pingpong', '--clients', '200', '--in-flight', inFlight, '--idle', idle, '--warmup', '1', '--seconds', seconds];
const scenarios = {
    'one in flight': pingPong(1, 0),
    '16 in flight': pingPong(16, 0),
    'idle beside': pingPong(1, scale.idleBeside),
    online: ['--mode', 'online', '--clients', scale.online, '--window', 1, '--quiet', 2],
    idle: ['--mode', 'idle', '--clients', scale.idle, '--seconds', 2],
};

openHome();

/** One server, one load; → the load's figures. */
async function measure(name, scenario) {
    const server = start(pinned(0, servers[name]));
    try {
        const port = await listening(server);
        return await figuresOf(start(pinned(1, [load, '--port', port, '--server-pid', server.child.pid, '--timeout', 300, ...scenarios[scenario]])), `${name}, ${scenario}`);
    } finally {
        await end(server); // each load has a fresh server; how one stops is measured elsewhere
    }
}

const results = Object.fromEntries(names.map(name => [name, Object.fromEntries(Object.keys(scenarios).map(scenario => [scenario, []]))]));
for (let round = 0; round < rounds; ++round) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const scenario of Object.keys(scenarios)) {
        for (const name of order) {
            const figures = await measure(name, scenario);
            results[name][scenario].push(figures);
            console.error(`round ${round + 1}/${rounds} ${name} ${scenario}: ${JSON.stringify(figures)}`);
        }
    }
}

const figure = (name, scenario, field) => name in results ? median(results[name][scenario].map(figures => figures[field])) : undefined;
const rows = [];
for (const scenario of ['one in flight', '16 in flight', 'idle beside']) {
    const title = scenario === 'idle beside' ? `1 in flight, ${scale.idleBeside} idle beside` : scenario;
    rows.push([`${title}: server CPU per message`, 'µs', scenario, 'serverCpuUsPerMessage', 2],
        [`${title}: messages per second`, '', scenario, 'messagesPerSecond', 0],
        [`${title}: latency p50`, 'µs', scenario, 'p50Us', 0],
        [`${title}: latency p99`, 'µs', scenario, 'p99Us', 0]);
}
rows.push([`${scale.online} come online: bytes received`, 'MB', 'online', 'bytesReceived', 2, 1e-6],
    [`${scale.online} come online: until all registered`, 's', 'online', 'secondsRegistered', 2],
    [`${scale.online} come online: until quiet`, 's', 'online', 'secondsQuiet', 2],
    [`${scale.online} come online: server CPU`, 's', 'online', 'serverCpuSeconds', 2],
    [`idle memory per connection at ${scale.idle}`, 'KiB', 'idle', 'rssBytesPerConnection', 1, 1 / 1024]);

const shown = (value, digits, unit) => value === undefined ? '–' : `${value.toFixed(digits)}${unit && ` ${unit}`}`;
console.log(`\nmedians of ${rounds} round(s) of ${seconds} s, 200 clients in pairs, 64-byte texts, WORKERS=1${pins ? ', server and load pinned to a core each' : ''}\n`);
console.log('| figure | concierge | seed on socket.io | ratio |\n|---|---:|---:|---:|');
for (const [title, unit, scenario, field, digits, factor = 1] of rows) {
    const [ours, theirs] = ['concierge', 'node'].map(name => {
        const value = figure(name, scenario, field);
        return value === undefined ? undefined : value * factor;
    });
    const ratio = ours === undefined || theirs === undefined ? '–' : (ours / theirs).toFixed(ours / theirs < 0.1 ? 4 : 2);
    console.log(`| ${title} | ${shown(ours, digits, unit)} | ${shown(theirs, digits, unit)} | ${ratio} |`);
}

// The bars, as ratios within this run.
const ratioOf = (scenario, field) => figure('concierge', scenario, field) / figure('node', scenario, field);
const bars = [
    [`CPU per message with ${scale.idleBeside} idle connections beside, to without`,
        figure('concierge', 'idle beside', 'serverCpuUsPerMessage') / figure('concierge', 'one in flight', 'serverCpuUsPerMessage'), 1.3, ['concierge']],
    ['CPU per message at 1 in flight, to Node', ratioOf('one in flight', 'serverCpuUsPerMessage'), 0.5, ['concierge', 'node']],
    ['CPU per message at 16 in flight, to Node', ratioOf('16 in flight', 'serverCpuUsPerMessage'), 0.25, ['concierge', 'node']],
    ['bytes while coming online, to Node', ratioOf('online', 'bytesReceived'), 0.01, ['concierge', 'node']],
].filter(([, , , needed]) => needed.every(name => names.includes(name)));
if (bars.length > 0) console.log('\n| bar | ratio | at most | |\n|---|---:|---:|---|');
for (const [title, ratio, most] of bars) console.log(`| ${title} | ${ratio.toFixed(4)} | ${most} | ${ratio <= most ? 'met' : 'MISSED'} |`);
if (options.quick) console.log('\n--quick is too short and too small for the bars to count.');
if (options.json) writeFileSync(options.json, `${JSON.stringify({ rounds, seconds, scale, results }, null, 1)}\n`);
process.exitCode = !options.quick && bars.some(([, ratio, most]) => !(ratio <= most)) ? 1 : 0;
