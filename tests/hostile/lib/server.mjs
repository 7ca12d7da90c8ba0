// The server under attack, and what can be seen of it from outside.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { start, stop, temporaryFolder, waitForOutput } from '../../clients/lib/children.mjs';
import { delay, request } from '../../clients/lib/raw.mjs';

// As it comes, but for patience: what is kept for the lost, or for ever, would hide what an attack leaves behind.
const usual = ['--recovery-window', '2s', '--presence-grace', '0', '--ledger-max', '1000', '--ping-interval', '5s', '--ping-timeout', '20s', '--connect-timeout', '10s', '--log-level', 'warn'];

export class Server {
    static async start(bin, flags = []) {
        const server = new Server();
        server.cwd = temporaryFolder();
        server.handle = start(join(bin, 'concierge'), [
            '--port', '0', '--health-port', '0', '--bind', '127.0.0.1', '--monitor-socket', 'none', ...usual, ...flags,
        ], { cwd: server.cwd });
        server.port = Number((await waitForOutput(server.handle, /^listening on \S+:(\d+)$/m))[1]);
        server.health = (await waitForOutput(server.handle, /^health on (\S+)$/m))[1].replace('localhost', '127.0.0.1');
        server.begin = Date.now();
        return server;
    }

    get pid() { return this.handle.pid; }

    get hasEnded() { return this.handle.child.exitCode !== null || this.handle.child.signalCode !== null; }

    /** Resident bytes now; 0 once it is gone. */
    rss() {
        try {
            return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
        } catch {
            return 0;
        }
    }

    /** Open descriptors. The server's own figure is some seconds old, and is for who may not look. */
    fds(figures) {
        try {
            return readdirSync(`/proc/${this.pid}/fd`).length;
        } catch {
            return figures.get('process_open_fds');
        }
    }

    /** All figures of /metrics, by name and labels. */
    async metrics() {
        const { status, text } = await request(`${this.health}/metrics`, { timeoutMs: 30_000 });
        if (status !== 200) throw new Error(`/metrics: ${status}`);
        return new Map(text.split('\n').filter(line => line && !line.startsWith('#')).map(line => {
            const space = line.lastIndexOf(' ');
            return [line.slice(0, space), Number(line.slice(space + 1))];
        }));
    }

    /** Resolves to whether `isSo(figures)` came true within `ms`. */
    async until(isSo, ms) {
        const end = Date.now() + ms;
        for (;;) {
            if (isSo(await this.metrics())) return true;
            if (Date.now() > end || this.hasEnded) return false;
            await delay(50);
        }
    }

    /** SIGTERM. → undefined, or what was wrong about its end. */
    async stop() {
        if (this.hasEnded) return `the server ended by itself: ${JSON.stringify(await this.handle.exited)}\n${this.handle.stderr.slice(-2_000)}`;
        const { code, signal } = await stop(this.handle, 30_000);
        return code === 0 ? undefined : `the server ended with ${code ?? signal}\n${this.handle.stderr.slice(-2_000)}`;
    }
}

/** The most of what was seen while it lasted. */
export class Watch {
    constructor(server) {
        Object.assign(this, { server, peak: { rss: server.rss(), tcp: 0, fds: 0 }, isOver: false });
        this.memory = setInterval(() => { this.peak.rss = Math.max(this.peak.rss, server.rss()); }, 25);
        this.loop = this.#figures();
    }

    async #figures() {
        while (!this.isOver && !this.server.hasEnded) {
            try {
                const figures = await this.server.metrics();
                this.peak.tcp = Math.max(this.peak.tcp, figures.get('concierge_tcp_connections'));
                this.peak.fds = Math.max(this.peak.fds, this.server.fds(figures));
            } catch (error) {
                this.trouble ??= `health: ${error.message}`;
            }
            await delay(250);
        }
    }

    async end() {
        this.isOver = true;
        clearInterval(this.memory);
        await this.loop;
        return this.peak;
    }
}
