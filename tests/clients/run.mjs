#!/usr/bin/env node
// node tests/clients/run.mjs --bin <folder> [--workers N] [--only name] [--reference]
// Runs the test files against the real programs. Ends by itself: a file has five minutes, everything fifteen.
import { setMaxListeners } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const usage = 'usage: run.mjs --bin <folder with concierge and concierge-conformance> [--workers N] [--only name] [--reference]';
const fileTimeoutMs = 300_000;
const runTimeoutMs = 900_000;

function fail(message) {
    console.error(message);
    process.exit(2);
}

function options() {
    try {
        return parseArgs({
            options: {
                bin: { type: 'string' },
                workers: { type: 'string' },
                only: { type: 'string' },
                reference: { type: 'boolean', default: false },
            },
        }).values;
    } catch (error) {
        return fail(`${error.message}\n${usage}`);
    }
}

const { bin, workers, only, reference } = options();
if (!bin && !reference) fail(usage);
if (workers && !/^\d+$/.test(workers)) fail(`--workers takes a number\n${usage}`);
if (!existsSync(join(here, 'node_modules'))) fail(`first: npm ci --prefix ${here}`);

for (const name of bin ? ['concierge', 'concierge-conformance'] : []) {
    const program = join(resolve(bin), process.platform === 'win32' ? `${name}.exe` : name);
    try {
        accessSync(program, constants.X_OK);
    } catch {
        fail(`there is no program ${program}`);
    }
}

const folders = reference ? ['protocol'] : ['protocol', 'chat', 'browser'];
const files = folders
    .flatMap(folder => readdirSync(join(here, folder)).filter(name => name.endsWith('.test.mjs')).sort().map(name => join(here, folder, name)))
    .filter(file => !only || relative(here, file).includes(only));
if (files.length === 0) fail(`no test file is named like "${only}"`);

const runFolder = mkdtempSync(join(tmpdir(), 'concierge-clients-'));
// A process of its own runs each file and inherits this.
process.env.CONCIERGE_RUN_DIR = runFolder;
if (bin) process.env.CONCIERGE_BIN = resolve(bin);
if (workers) process.env.CONCIERGE_WORKERS = workers;
if (reference) process.env.CONCIERGE_REFERENCE = '1';

/** Programs that a killed test file left behind. A pid may be somebody else's by now: only our program is ended. */
function endLeftovers() {
    const notes = join(runFolder, 'pids');
    if (!existsSync(notes)) return 0;
    let count = 0;
    for (const pid of readdirSync(notes)) {
        const program = readFileSync(join(notes, pid), 'utf8');
        try {
            if (process.platform === 'linux' && basename(readlinkSync(`/proc/${pid}/exe`)) !== basename(program)) continue;
            process.kill(Number(pid), 'SIGKILL');
            count += 1;
        } catch {
            // It ended between its file's death and now.
        }
    }
    return count;
}

const abort = new AbortController();
setMaxListeners(0, abort.signal); // each file listens
let failed = false;
const timer = setTimeout(() => {
    console.error(`not finished after ${runTimeoutMs / 1000} s`);
    failed = true;
    abort.abort();
}, runTimeoutMs);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { failed = true; abort.abort(); });

const tests = run({ files, concurrency: false, timeout: fileTimeoutMs, signal: abort.signal });
tests.on('test:fail', () => { failed = true; });
tests.compose(new spec()).pipe(process.stdout);
tests.on('end', () => {
    clearTimeout(timer);
    const leftovers = endLeftovers();
    if (leftovers > 0) console.error(`${leftovers} programs had to be ended`);
    rmSync(runFolder, { recursive: true, force: true });
    process.exitCode = failed || leftovers > 0 ? 1 : 0;
});
