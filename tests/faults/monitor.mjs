#!/usr/bin/env node
// node tests/faults/monitor.mjs [--rounds 4] [--seconds 1.2] [--noise-ms 3] [--bin folder]
// Hostile monitors (never read, 1 MB lines, garbage, 100 connections) beside stock clients that talk: the time from
// sending a message to receiving it must not move. Rounds without and with them alternate; the lowest p99 of either kind
// are compared: what else the machine does comes and goes, what a monitor costs the server is in every round. Ends with
// code 1 where they differ by more than noise, or a monitor that behaves goes without.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { start, stop, temporaryFolder, waitForOutput } from '../clients/lib/children.mjs';
import { closeClients, openUser } from '../clients/lib/clients.mjs';
import { openMonitor } from '../clients/lib/monitor.mjs';
import { delay, within } from '../clients/lib/raw.mjs';

const pairCount = 20;
const messagesPerSecond = 20; // of each pair
// What two equal runs may differ by on a small machine that does other things too.
const noiseFactor = 2;

function options() {
    try {
        const { values } = parseArgs({ options: { rounds: { type: 'string', default: '4' }, seconds: { type: 'string', default: '1.2' }, 'noise-ms': { type: 'string', default: '3' }, bin: { type: 'string' } } });
        const bin = resolve(values.bin ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url)));
        if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error('--rounds takes a number');
        if (!(Number(values.seconds) > 0)) throw new Error('--seconds takes a number');
        if (!existsSync(join(bin, 'concierge'))) throw new Error(`there is no concierge in ${bin}`);
        if (!(Number(values['noise-ms']) > 0)) throw new Error('--noise-ms takes a number');
        return { rounds: Number(values.rounds), seconds: Number(values.seconds), noiseMs: Number(values['noise-ms']), bin };
    } catch (error) {
        console.error(`${error.message}\nusage: monitor.mjs [--rounds N] [--seconds S] [--noise-ms M] [--bin folder]`);
        return process.exit(2);
    }
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const median = values => quantile([...values].sort((a, b) => a - b), 0.5);

/** Milliseconds from each message's sending to its arrival. */
async function measure(pairs, seconds) {
    const times = [];
    let sent = 0;
    const onMessage = ({ at }) => times.push(performance.now() - at);
    for (const { to } of pairs) to.on('getMessage', onMessage);
    const timers = pairs.map(({ from, senderId, receiverId }, index) => {
        const send = () => {
            sent += 1;
            from.emit('sendMessage', { receiverId, data: { text: 'hello', senderId, chatId: 'c', at: performance.now() } });
        };
        let timer;
        const first = setTimeout(() => { timer = setInterval(send, 1_000 / messagesPerSecond); }, index * 1_000 / messagesPerSecond / pairs.length);
        return { stop: () => { clearTimeout(first); clearInterval(timer); } };
    });
    await delay(seconds * 1_000);
    for (const timer of timers) timer.stop();
    await within((async () => { while (times.length < sent) await delay(5); })(), 'the last messages', 10_000);
    for (const { to } of pairs) to.off('getMessage', onMessage);
    times.sort((a, b) => a - b);
    return { count: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: times.at(-1) };
}

/** The hostile ones, at the lowest priority: the processor is not what they are to take from the server. */
async function startHostile(socket) {
    const script = fileURLToPath(new URL('./lib/hostile-monitor.mjs', import.meta.url));
    const child = spawn('nice', ['-n', '19', process.execPath, script, socket], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', text => { said += text; });
    const exited = new Promise(resolve => child.once('close', resolve));
    process.on('exit', () => child.kill('SIGKILL'));
    await within((async () => { while (!said.includes('ready')) await delay(5); })(), 'hostile monitors', 10_000);
    return async () => {
        child.stdin.end();
        await within(exited, 'their end', 10_000);
        return JSON.parse(said.trim().split('\n').at(-1));
    };
}

const { rounds, seconds, noiseMs, bin } = options();
const socket = join(temporaryFolder(), 'monitor.sock');
const server = start(join(bin, 'concierge'), ['--port', '0', '--health-port', '0', '--bind', '127.0.0.1', '--monitor-socket', socket, '--drain-timeout', '1s']);
const [, url] = await waitForOutput(server, /^listening on (\S+)$/m);
await waitForOutput(server, /^monitor on (\S+)$/m);
const good = await openMonitor(socket);

const pairs = [];
for (let i = 0; i < pairCount; ++i) {
    const [senderId, receiverId] = [`sender-${i}`, `receiver-${i}`];
    const open = id => openUser(url.replace('localhost', '127.0.0.1'), id, 'websocket only', { presence: 'none' });
    pairs.push({ from: await open(senderId), to: await open(receiverId), senderId, receiverId });
}
await measure(pairs, 0.5); // warm

const troubles = [];
const results = { without: [], with: [] };
const done = {};
for (let round = 0; round < rounds; ++round) {
    results.without.push(await measure(pairs, seconds));
    const stopHostile = await startHostile(socket);
    const before = good.lines.filter(({ type }) => type === 'snapshot').length;
    results.with.push(await measure(pairs, seconds));
    const snapshots = good.lines.filter(({ type }) => type === 'snapshot').length - before;
    if (snapshots < Math.floor(seconds) - 1) troubles.push(`a monitor that behaves got ${snapshots} snapshots in ${seconds} s`);
    for (const [name, count] of Object.entries(await stopHostile())) done[name] = (done[name] ?? 0) + count;
}
const last = await good.ask('listClients', { limit: 1 }, 10_000);
if (last.total !== 2 * pairCount) troubles.push(`${last.total} clients are listed, not ${2 * pairCount}`);
const { process: figures } = await good.next('snapshot');
good.close();
closeClients();
const { code, signal } = await stop(server);
if (code !== 0) troubles.push(`the server ended with ${code ?? signal}\n${server.stderr.slice(-2_000)}`);
for (const name of ['refused', 'longLines', 'garbage', 'unread', 'commands']) {
    if (!(done[name] > 0)) troubles.push(`the hostile monitors did nothing of ${name}`);
}

const ms = value => `${value.toFixed(2)} ms`;
for (const [name, list] of Object.entries(results)) {
    console.log(`${name.padEnd(8)} p50 ${ms(median(list.map(({ p50 }) => p50)))}, p99 ${ms(Math.min(...list.map(({ p99 }) => p99)))} (rounds: ${list.map(({ p99 }) => p99.toFixed(2)).join(', ')}), max ${ms(Math.max(...list.map(({ max }) => max)))}, ${list.reduce((sum, { count }) => sum + count, 0)} messages`);
}
console.log(`hostile: ${Object.entries(done).map(([name, count]) => `${count} ${name}`).join(', ')}; server: ${(figures.rssBytes / 1e6).toFixed(0)} MB; ${cpus().length} cores`);
const [quiet, hostile] = [results.without, results.with].map(list => Math.min(...list.map(({ p99 }) => p99)));
if (hostile > Math.max(noiseFactor * quiet, quiet + noiseMs)) troubles.push(`p99 went from ${ms(quiet)} to ${ms(hostile)}`);
for (const trouble of troubles) console.error(trouble);
console.log(troubles.length === 0 ? 'passed' : 'FAILED');
process.exit(troubles.length === 0 ? 0 : 1);
