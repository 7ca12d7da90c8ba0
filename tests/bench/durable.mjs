#!/usr/bin/env node
// node tests/bench/durable.mjs --bin <folder> [--quick] [--rounds 3] [--seconds 5] [--only disk,send,online,return,memory]
//     [--folder <on the disk to be measured>] [--json file]
// What durable delivery costs: the real server with DURABILITY=full, messages over real WebSockets, figures as
// minimum / median / maximum of the rounds. Linux only. Ends by itself; everything stays on loopback and in a folder of
// its own below --folder (the working directory), which goes with it.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { end, fail, figuresOf, listening, openHome, sleep, start } from './lib/host.mjs';

const parts = ['disk', 'send', 'online', 'return', 'memory'];
const { values: options } = parseArgs({
    options: {
        bin: { type: 'string' },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        folder: { type: 'string', default: '.' },
        json: { type: 'string' },
    },
});
if (!options.bin) fail(`usage: durable.mjs --bin <folder with concierge and concierge-bench-load> [--quick] [--rounds N] [--seconds N] [--only ${parts.join(',')}] [--folder path] [--json file]`);
const wanted = options.only ? options.only.split(',') : parts;
if (wanted.some(part => !parts.includes(part))) fail(`--only takes of: ${parts.join(',')}`);

const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const seconds = Number(options.seconds ?? (options.quick ? 2 : 5));
const scale = options.quick ? { back: 1_000, fill: 50_000, users: 1_000 } : { back: 10_000, fill: 1_000_000, users: 10_000 };
const [server, load, probe] = ['concierge', 'concierge-bench-load', 'bench_sqlite_inbox'].map(name => join(resolve(options.bin), name));

const home = openHome(options.folder);

let folders = 0;
const newFolder = () => join(home, `data-${++folders}`);

/** A server on that folder, and how long it took until it listened. */
async function serve(folder, env = {}) {
    const begin = performance.now();
    const handle = start([server, '--port', 0, '--health-port', 0, '--bind', '127.0.0.1', '--log-level', 'error'], { DATA_DIR: folder, ...env });
    const port = await listening(handle);
    return Object.assign(handle, { port, seconds: (performance.now() - begin) / 1_000 });
}

const rssOf = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1_024;
const bytesIn = folder => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

async function put(target, ...flags) {
    return figuresOf(start([load, '--port', target.port, '--server-pid', target.child.pid, '--timeout', 900, ...flags]), flags.join(' '));
}

const figures = {}; // by title: { unit, values }
const bars = [];
function note(title, value, unit = '', digits = 0) {
    figures[title] ??= { unit, digits, values: [] };
    figures[title].values.push(value);
    console.error(`  ${title}: ${value.toFixed(digits)} ${unit}`);
}
const sorted = title => [...figures[title].values].sort((a, b) => a - b);
const median = title => sorted(title)[Math.floor(figures[title].values.length / 2)];
const bar = (title, value, least, most, unit = '') => bars.push({ title, value, least, most, unit, isMet: value >= (least ?? -Infinity) && value <= (most ?? Infinity) });
const check = (title, isMet) => bars.push({ title, isMet });
const MB = 1e-6;

const measurements = {
    async disk() {
        const disk = await figuresOf(start([load, '--mode', 'disk', '--folder', home, '--seconds', 3]), 'disk');
        note('disk: 4 KiB written and synced', disk.syncsPerSecond4K, '/s');
        note('disk: 64 KiB written and synced', disk.syncsPerSecond64K, '/s');
        note('disk: 1 MiB written and synced', disk.syncsPerSecond1M, '/s');
        if (!existsSync(probe)) {
            console.error('  for SQLite by itself: cmake --build build/release --target bench_sqlite_inbox');
            return;
        }
        const sqlite = start([probe, newFolder(), 'disk']);
        await sqlite.exited;
        for (const [, rows, commits, all] of sqlite.stdout.matchAll(/(\d+) rows a commit: +(\d+) commits\/s, +(\d+) rows\/s/g)) {
            note(`SQLite alone, ${rows} rows a commit: commits`, Number(commits), '/s');
            note(`SQLite alone, ${rows} rows a commit: rows`, Number(all), '/s');
        }
    },

    async send() {
        const senders = ['--mode', 'send', '--clients', 50, '--users', 1_000, '--warmup', 1, '--seconds', seconds];
        for (const [name, flags] of [['', []], [' with messageId', ['--own-ids', 1]], [' all to one user', ['--users', 1]]]) {
            const target = await serve(newFolder(), { INBOX_MAX_PER_USER: '10000000' });
            const full = await put(target, ...senders, '--in-flight', 20, ...flags);
            await end(target);
            note(`offline${name}, 1,000 in flight: acknowledged`, full.messagesPerSecond, '/s');
            note(`offline${name}, 1,000 in flight: ack p50`, full.ackP50Us / 1_000, 'ms', 1);
            note(`offline${name}, 1,000 in flight: ack p99`, full.ackP99Us / 1_000, 'ms', 1);
            note(`offline${name}, 1,000 in flight: server CPU`, full.serverCpuUsPerMessage, 'µs/message', 1);
            if (full.refused > 0) check(`offline${name}: none refused`, false);
        }
        for (const rate of [10_000, 20_000]) {
            const target = await serve(newFolder());
            const paced = await put(target, ...senders, '--rate', rate);
            await end(target);
            note(`offline at ${rate}/s: acknowledged`, paced.messagesPerSecond, '/s');
            note(`offline at ${rate}/s: ack p50`, paced.ackP50Us / 1_000, 'ms', 1);
            note(`offline at ${rate}/s: ack p99`, paced.ackP99Us / 1_000, 'ms', 1);
            note(`offline at ${rate}/s: ack, the last`, paced.ackMaxUs / 1_000, 'ms', 1);
            note(`offline at ${rate}/s: server CPU`, paced.serverCpuUsPerMessage, 'µs/message', 1);
        }
    },

    async online() {
        for (const [name, flags] of [['without acks', ['--acks', 0]], ['with acks', []], ['with acks and messageId', ['--own-ids', 1]]]) {
            const target = await serve(newFolder());
            const run = await put(target, '--mode', 'send', '--to', 'partner', '--clients', 200, '--rate', 10_000, '--warmup', 1, '--seconds', seconds, ...flags);
            await end(target);
            note(`online ${name}, 10,000/s: server CPU`, run.serverCpuUsPerMessage, 'µs/message', 1);
            note(`online ${name}, 10,000/s: delivered p50`, run.p50Us / 1_000, 'ms', 2);
            note(`online ${name}, 10,000/s: delivered p99`, run.p99Us / 1_000, 'ms', 2);
            if (flags.length === 0 || flags[0] !== '--acks') note(`online ${name}, 10,000/s: ack p99`, run.ackP99Us / 1_000, 'ms', 0);
            if (run.got !== run.sent) check(`online ${name}: all delivered`, false);
        }
    },

    async return(round) {
        const folder = newFolder();
        const waiting = 5;
        const fill = ['--mode', 'send', '--clients', 50, '--in-flight', 20, '--users', scale.back, '--messages', waiting * scale.back];
        const everybody = ['--mode', 'waiting', '--clients', scale.back, '--quiet', 1];
        let target = await serve(folder);
        const sent = await put(target, ...fill);
        await end(target);
        target = await serve(folder);
        const back = await put(target, ...everybody, '--waiting', waiting);
        note(`${scale.back} come back after kill -9: until the last message`, back.secondsToLastMessage, 's', 2);
        note(`${scale.back} come back after kill -9: until all are answered`, back.secondsRegistered, 's', 2);
        note(`${scale.back} come back after kill -9: server CPU`, back.serverCpuSeconds, 's', 2);
        note(`${scale.back} come back after kill -9: server RSS before`, back.rssBytesBefore * MB, 'MB', 1);
        note(`${scale.back} come back after kill -9: server RSS peak`, back.rssBytesPeak * MB, 'MB', 1);
        check(`round ${round}: each of ${scale.back} has its ${waiting}, in order, once (${back.messages} of ${back.expected}, ${back.misplaced} misplaced, ${sent.refused} refused)`,
            back.complete === scale.back && back.messages === back.expected && back.misplaced === 0 && sent.refused === 0);
        await sleep(1_000); // what they have read by then is proven, and the disk knows
        await end(target);
        target = await serve(folder);
        const again = await put(target, ...everybody, '--waiting', 0);
        check(`round ${round}: after another kill -9 nothing comes again (${again.messages} did)`, again.messages === 0);
        await end(target);

        const lists = newFolder();
        target = await serve(lists);
        await put(target, ...fill);
        await end(target);
        target = await serve(lists);
        const listed = await put(target, ...everybody, '--waiting', waiting, '--presence', 'list');
        note(`the same with the default list: until the last message`, listed.secondsToLastMessage, 's', 2);
        note(`the same with the default list: bytes received`, listed.bytesReceived * MB, 'MB', 0);
        note(`the same with the default list: server CPU`, listed.serverCpuSeconds, 's', 2);
        note(`the same with the default list: server RSS peak`, listed.rssBytesPeak * MB, 'MB', 1);
        check(`round ${round}: the same with the default list (${listed.messages} of ${listed.expected}, ${listed.misplaced} misplaced)`,
            listed.complete === scale.back && listed.messages === listed.expected && listed.misplaced === 0);
        await end(target);
    },

    async memory() {
        const title = `${scale.fill} messages wait for ${scale.users} users`;
        const fill = ['--mode', 'send', '--clients', 50, '--in-flight', 100, '--text', 100, '--users', scale.users];
        const folder = newFolder();
        let target = await serve(folder);
        const first = await put(target, ...fill, '--messages', scale.fill);
        note(`${title}: RSS before`, first.rssBytesBefore * MB, 'MB', 1);
        note(`${title}: RSS after`, first.rssBytesAfter * MB, 'MB', 1);
        check(`${title}: all are taken`, first.refused === 0 && first.answered === scale.fill);
        note(`${title}: stop`, await end(target, 'SIGTERM'), 's', 2);
        note(`${title}: on disk`, bytesIn(folder) * MB, 'MB', 1);
        target = await serve(folder);
        note(`${title}: next start`, target.seconds, 's', 2);
        note(`${title}: RSS after that start`, rssOf(target.child.pid) * MB, 'MB', 1);
        // The same again: what is in memory of a message that waits is its place.
        const second = await put(target, ...fill, '--messages', scale.fill);
        note(`${title}, and as many again: RSS`, second.rssBytesAfter * MB, 'MB', 1);
        await end(target);

        // The settings are the bounds.
        target = await serve(newFolder(), { INBOX_MAX_PER_USER: '10', LEDGER_MAX: '1000' });
        const bounded = await put(target, ...fill, '--own-ids', 1, '--messages', scale.fill);
        await end(target);
        note(`INBOX_MAX_PER_USER=10 LEDGER_MAX=1000, the same load with messageId: RSS`, bounded.rssBytesAfter * MB, 'MB', 1);
        check(`INBOX_MAX_PER_USER=10: ${10 * scale.users} are taken, the rest is refused (${bounded.sent - bounded.refused} were taken)`,
            bounded.sent - bounded.refused === 10 * scale.users);
        target = await serve(newFolder());
        const ids = await put(target, ...fill, '--own-ids', 1, '--messages', scale.fill);
        await end(target);
        note(`${title} with messageId: RSS after`, ids.rssBytesAfter * MB, 'MB', 1);
    },
};

for (let round = 1; round <= rounds; ++round) {
    for (const part of parts.filter(part => wanted.includes(part))) {
        console.error(`round ${round}/${rounds}: ${part}`);
        await measurements[part](round);
    }
}

if (wanted.includes('send')) {
    bar('durable sends to users who are offline, acknowledged a second', median('offline, 1,000 in flight: acknowledged'), 20_000, undefined);
    bar('ack p99 at half of that, ms', median('offline at 10000/s: ack p99'), undefined, 50);
}
if (wanted.includes('online')) {
    const plain = median('online without acks, 10,000/s: server CPU');
    bar('CPU per message with acks, to without', median('online with acks, 10,000/s: server CPU') / plain, undefined, 1.5);
    bar('CPU per message with acks and messageId, to without', median('online with acks and messageId, 10,000/s: server CPU') / plain, undefined, 1.5);
}

console.log(`\n${rounds} round(s), ${seconds} s each, DURABILITY=full, server and load share ${cpus().length} cores\n`);
console.log('| figure | min | median | max | |\n|---|---:|---:|---:|---|');
for (const [title, { unit, digits }] of Object.entries(figures)) {
    const values = sorted(title);
    console.log(`| ${title} | ${[values[0], median(title), values.at(-1)].map(value => value.toFixed(digits)).join(' | ')} | ${unit} |`);
}
if (bars.length > 0) console.log('\n| bar | | |\n|---|---:|---|');
for (const { title, value, least, most, isMet } of bars)
    console.log(`| ${title}${least ? `, at least ${least}` : ''}${most ? `, at most ${most}` : ''} | ${value === undefined ? '' : value.toFixed(value < 10 ? 2 : 0)} | ${isMet ? 'met' : 'MISSED'} |`);
if (options.quick) console.log('\n--quick is too short and too small for the figures to count.');
if (options.json) writeFileSync(options.json, `${JSON.stringify({ rounds, seconds, scale, figures, bars }, null, 1)}\n`);
process.exitCode = bars.some(({ isMet, value }) => !isMet && (value === undefined || !options.quick)) ? 1 : 0;
