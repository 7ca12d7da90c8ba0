// 0 → so many clients → 0, again and again, with messages in between: what each wave leaves behind.
import { join } from 'node:path';

import { start } from '../../clients/lib/children.mjs';
import { Server, Watch } from './server.mjs';
import { mb } from './trial.mjs';

const flatFactor = 1.05;
const flatFrom = 3;

/** → the server's figures after the wave, once everybody is gone and forgotten. */
async function wave(bin, server, clients, seconds) {
    const watch = new Watch(server);
    const load = start(join(bin, 'concierge-bench-load'), Object.entries({
        port: server.port, mode: 'send', to: 'partner', clients, presence: 'none', rate: 1_000, window: 256,
        warmup: 0.5, seconds, timeout: 300, 'server-pid': server.pid,
    }).flatMap(([flag, value]) => [`--${flag}`, String(value)]));
    const { code, signal } = await load.exited;
    const peak = await watch.end();
    if (code !== 0) throw new Error(`the clients ended with ${code ?? signal}: ${load.stderr.trim()}`);
    const { sent, answered, p99Us } = JSON.parse(load.stdout);
    const isQuiet = figures => figures.get('concierge_tcp_connections') === 0 && figures.get('concierge_users_online') === 0;
    if (!await server.until(isQuiet, 60_000)) throw new Error('a wave did not end: there are connections or users left');
    // RECOVERY_WINDOW and the end of it; then the lowest of a while, for memory comes back when there is time.
    let rss = Infinity;
    const end = Date.now() + 6_000;
    while (Date.now() < end) {
        rss = Math.min(rss, server.rss());
        await new Promise(resolve => setTimeout(resolve, 100));
    }
    const figures = await server.metrics();
    return { clients: peak.tcp, sent, answered, p99: p99Us / 1_000, peak: peak.rss, rss, fds: server.fds(figures) };
}

export async function tryWaves({ bin, scale }) {
    const clients = 2 * Math.max(10, Math.round(5_000 * scale));
    const seconds = Math.max(0.5, 5 * scale);
    const complaints = [];
    const waves = [];
    const server = await Server.start(bin);
    try {
        for (let i = 1; i <= 10; ++i) {
            const figures = await wave(bin, server, clients, seconds);
            waves.push(figures);
            console.log(`wave ${String(i).padStart(2)}: ${figures.clients} clients, ${figures.sent} messages, p99 ${figures.p99.toFixed(1)} ms, at most ${mb(figures.peak)}; after it ${mb(figures.rss)}, ${figures.fds} descriptors`);
            if (figures.clients < clients) complaints.push(`wave ${i} had ${figures.clients} clients, not ${clients}`);
            if (figures.sent === 0 || figures.sent !== figures.answered) complaints.push(`wave ${i}: of ${figures.sent} messages ${figures.answered} were answered`);
        }
        const [third, last] = [waves[flatFrom - 1], waves.at(-1)];
        if (last.rss > third.rss * flatFactor) complaints.push(`memory went from ${mb(third.rss)} after the third wave to ${mb(last.rss)} after the last`);
        if (last.fds > third.fds) complaints.push(`descriptors went from ${third.fds} after the third wave to ${last.fds} after the last`);
    } catch (error) {
        complaints.push(error.message);
    }
    const end = await server.stop();
    if (end) complaints.push(end);
    return { name: 'waves', count: clients, waves, complaints };
}
