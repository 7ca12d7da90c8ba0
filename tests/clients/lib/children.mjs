// Child processes of a test: started in a folder of their own, and gone when the test is, whatever happens to it.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runFolder = process.env.CONCIERGE_RUN_DIR;
const living = new Set();
const folders = [];

process.on('exit', () => {
    for (const { child } of living) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** Ends what still runs. */
export async function stopAll() { await Promise.all([...living].map(handle => stop(handle, 5_000).catch(() => {}))); }

/** A folder that goes away with the process. */
export function temporaryFolder() {
    const folder = mkdtempSync(join(runFolder ?? tmpdir(), 'concierge-test-'));
    folders.push(folder);
    return folder;
}

/** What a child inherits: enough to run, and nothing that would configure it. */
function cleanEnvironment(extra) {
    // Newer Qt says so on stderr when the locale is not UTF-8, and that is where errors are one line.
    const environment = { LC_ALL: 'C.UTF-8' };
    for (const name of ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'SystemRoot', 'TEMP']) {
        if (process.env[name] !== undefined) environment[name] = process.env[name];
    }
    return { ...environment, ...extra };
}

/** Starts a program; `exited` resolves to {code, signal}, `stdout` and `stderr` gather what it says. */
export function start(program, args, { env = {}, cwd = temporaryFolder() } = {}) {
    const child = spawn(program, args, { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    const handle = { child, cwd, pid: child.pid, stdout: '', stderr: '' };
    living.add(handle);
    // The runner ends what a killed test file leaves behind; see run.mjs.
    const note = runFolder && child.pid ? join(runFolder, 'pids', String(child.pid)) : undefined;
    if (note) {
        mkdirSync(join(runFolder, 'pids'), { recursive: true });
        writeFileSync(note, program);
    }
    child.stdout.setEncoding('utf8').on('data', text => { handle.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', text => { handle.stderr += text; });
    handle.exited = new Promise((resolve, reject) => {
        child.once('error', error => {
            living.delete(handle);
            reject(error);
        });
        child.once('close', (code, signal) => {
            living.delete(handle);
            if (note) rmSync(note, { force: true });
            resolve({ code, signal });
        });
    });
    handle.exited.catch(() => {});
    return handle;
}

/** Resolves to the match of `pattern` in the program's stdout. */
export async function waitForOutput(handle, pattern, timeoutMs = 10_000) {
    return await new Promise((resolve, reject) => {
        const fail = why => { finish(); reject(new Error(`${why}\nstdout: ${handle.stdout}\nstderr: ${handle.stderr}`)); };
        const look = () => {
            const match = pattern.exec(handle.stdout);
            if (match) { finish(); resolve(match); }
        };
        const timer = setTimeout(() => fail(`no ${pattern} within ${timeoutMs} ms`), timeoutMs);
        const finish = () => {
            clearTimeout(timer);
            handle.child.stdout.off('data', look);
        };
        handle.child.stdout.on('data', look);
        handle.exited.then(({ code, signal }) => fail(`ended with ${code ?? signal}`), error => fail(String(error)));
        look();
    });
}

/** SIGTERM, and SIGKILL for who does not listen. Resolves to how it ended. */
export async function stop(handle, timeoutMs = 15_000) {
    handle.child.kill('SIGTERM');
    const timer = setTimeout(() => handle.child.kill('SIGKILL'), timeoutMs);
    const result = await handle.exited;
    clearTimeout(timer);
    return result;
}
