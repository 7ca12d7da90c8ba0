// Programs that the benchmarks start: pinned to cores of their own, in a folder that goes with the benchmark, ended with
// it. Linux only.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export function fail(message) {
    console.error(message);
    process.exit(2);
}

if (process.platform !== 'linux') fail('the load generator is Linux only');

export const sleep = ms => new Promise(done => setTimeout(done, ms));

/** Whether server and load can have a core each. */
export const pins = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
export const pinned = (core, command) => (pins ? ['taskset', '-c', String(core), ...command] : command);

const living = new Set();
let home;

/** The benchmark's own folder below `parent`. After `hours` all ends. */
export function openHome(parent = tmpdir(), hours = 1) {
    home = mkdtempSync(join(resolve(parent), 'concierge-bench-'));
    process.on('exit', () => {
        for (const child of living) child.kill('SIGKILL');
        rmSync(home, { recursive: true, force: true });
    });
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));
    setTimeout(() => { console.error(`not finished after ${hours} h`); process.exit(1); }, hours * 3_600_000).unref();
    return home;
}

// A client here stands for very many: the limits are at work, and as wide as they can be.
const wide = { EVENT_RATE: '1000000', BYTE_RATE: '100MB' };

export function start(command, env = {}) {
    const child = spawn(command[0], command.slice(1).map(String), { cwd: home, env: { PATH: process.env.PATH, ...wide, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    living.add(child);
    const handle = { child, stdout: '', stderr: '' };
    child.stdout.on('data', text => { handle.stdout += text; });
    child.stderr.on('data', text => { handle.stderr += text; });
    handle.exited = new Promise((done, failed) => {
        child.once('error', failed);
        child.once('close', code => { living.delete(child); done(code); });
    });
    return handle;
}

/** What a server prints once it is up: the first group of `line`. */
export async function printed(server, line) {
    for (;;) {
        const match = line.exec(server.stdout);
        if (match) return match[1];
        if (server.child.exitCode !== null || server.child.signalCode !== null) throw new Error(`the server did not start: ${server.stderr}`);
        await sleep(1);
    }
}
export const listening = server => printed(server, /^listening on http:\/\/[^:]+:(\d+)/m);

export async function end({ child, exited }, signal = 'SIGKILL') {
    const begin = performance.now();
    child.kill(signal);
    await exited;
    return (performance.now() - begin) / 1_000;
}

/** Ends once the load has; → its figures. */
export async function figuresOf(load, title) {
    if (await load.exited !== 0) throw new Error(`${title}: ${load.stderr}`);
    if (load.stderr) console.error(load.stderr.trim());
    return JSON.parse(load.stdout);
}

export const quantile = (values, share) => {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};
export const median = values => quantile(values, 0.5);
