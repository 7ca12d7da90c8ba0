// Clients who mean no harm: the benchmark's load, pairs that talk at a steady rate. How long a message takes is counted
// from when it should have been sent.
import { join } from 'node:path';

import { start } from '../../clients/lib/children.mjs';

export const victimCount = 20;
const messagesPerSecond = 400; // of all together

/** Starts them. → {settled: a promise of {p50, p99 in ms, sent, refused}} */
export function startVictims(bin, server, seconds) {
    const handle = start(join(bin, 'concierge-bench-load'), Object.entries({
        port: server.port, mode: 'send', to: 'partner', clients: victimCount, presence: 'none', rate: messagesPerSecond,
        quiet: 0.05, warmup: 0.2, seconds, timeout: seconds + 60, 'server-pid': server.pid,
    }).flatMap(([flag, value]) => [`--${flag}`, String(value)]));
    const settled = (async () => {
        const { code, signal } = await handle.exited;
        if (code !== 0) throw new Error(`the victims ended with ${code ?? signal}: ${handle.stderr.trim()}`);
        const { p50Us, p99Us, sent, answered, refused, got } = JSON.parse(handle.stdout);
        return { p50: p50Us / 1_000, p99: p99Us / 1_000, sent, answered, refused, got };
    })();
    settled.catch(() => {});
    return { settled };
}
