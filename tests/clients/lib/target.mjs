// The programs under test. CONCIERGE_BIN is the folder that holds them, CONCIERGE_WORKERS their number of io threads.
// CONCIERGE_REFERENCE=1 puts the reference implementation in place of concierge-conformance, to test the tests.
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { start, stop, stopAll, temporaryFolder, waitForOutput } from './children.mjs';

// A failed test may have left its program running, which would keep the file from ending.
after(stopAll);

export const isReference = process.env.CONCIERGE_REFERENCE === '1';
export const binaries = process.env.CONCIERGE_BIN ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url));
const suffix = process.platform === 'win32' ? '.exe' : '';
export const serverProgram = join(binaries, `concierge${suffix}`);

const workerFlags = process.env.CONCIERGE_WORKERS ? ['--workers', process.env.CONCIERGE_WORKERS] : [];

/** A test option: skips where the contract asks for more than the reference does. */
export const deviation = isReference ? { skip: 'the contract deviates from the reference here' } : {};

const loopback = url => url.replace('localhost', '127.0.0.1');

/** Ends a program and demands that it ended well: a sanitizer's finding shows in the exit code. */
async function stopCleanly(handle) {
    const { code, signal } = await stop(handle);
    if (code !== 0) throw new Error(`stopped with ${code ?? signal}\n${handle.stderr.slice(-4_000)}`);
}

/** The conformance fixture. → {url, stop()} */
export async function startFixture() {
    const handle = isReference
        ? start(process.execPath, [fileURLToPath(new URL('./reference-fixture.mjs', import.meta.url))])
        : start(join(binaries, `concierge-conformance${suffix}`), ['--port', '0', ...workerFlags]);
    const [, url] = await waitForOutput(handle, /^listening on (\S+)$/m);
    return { url: loopback(url), handle, stop: () => stopCleanly(handle) };
}

/** The product. → {url, health, handle, stop()} */
export async function startServer({ flags = [], env = {}, cwd } = {}) {
    const fixed = ['--port', '0', '--health-port', '0', '--bind', '127.0.0.1', ...workerFlags];
    const handle = start(serverProgram, [...fixed, ...flags], { env, cwd });
    const [, url] = await waitForOutput(handle, /^listening on (\S+)$/m);
    const [, health] = await waitForOutput(handle, /^health on (\S+)$/m);
    return { url: loopback(url), health: loopback(health), handle, stop: () => stopCleanly(handle) };
}

/** The product with a feed for monitors, on a socket of its own. → the same and {monitor: path of the socket} */
export async function startMonitored({ flags = [], monitor = join(temporaryFolder(), 'monitor.sock'), ...options } = {}) {
    const server = await startServer({ flags: ['--monitor-socket', monitor, ...flags], ...options });
    await waitForOutput(server.handle, /^monitor on (\S+)$/m);
    return { ...server, monitor };
}
