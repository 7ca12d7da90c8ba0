// A monitor: one JSON object a line on the server's local socket.
import net from 'node:net';

import { within } from './raw.mjs';

const opened = new Set();

export class MonitorClient {
    constructor(path) {
        this.lines = [];
        this.readers = [];
        this.lastId = 0;
        this.socket = net.connect(path);
        opened.add(this);
        let rest = '';
        this.socket.setEncoding('utf8').on('data', text => {
            const parts = (rest + text).split('\n');
            rest = parts.pop();
            for (const part of parts) this.#take(JSON.parse(part));
        });
        this.socket.on('error', error => { this.error = error; });
        this.closed = new Promise(resolve => this.socket.once('close', resolve));
        this.connected = new Promise((resolve, reject) => {
            this.socket.once('connect', resolve);
            this.socket.once('error', reject);
        });
        this.connected.catch(() => {});
    }

    #take(line) {
        this.lines.push(line);
        this.readers = this.readers.filter(({ wanted, resolve }) => {
            if (!wanted(line)) return true;
            resolve(line);
            return false;
        });
    }

    /** The first line from `from` on that is wanted, or the next one that comes. */
    line(wanted, what = 'line', { from = 0, ms } = {}) {
        const found = this.lines.slice(from).find(wanted);
        if (found) return Promise.resolve(found);
        return within(new Promise(resolve => this.readers.push({ wanted, resolve })), what, ms);
    }

    ofType(type, options) { return this.line(line => line.type === type, type, options); }
    /** One that comes from now on. */
    next(type, wanted = () => true, ms) {
        return this.line(line => line.type === type && wanted(line), `next ${type}`, { from: this.lines.length, ms });
    }

    send(text) { this.socket.write(text); }

    /** Gives a command and resolves to its reply. */
    ask(type, fields = {}, ms) {
        const id = ++this.lastId;
        const reply = this.line(line => line.type === 'reply' && line.id === id, `reply to ${type}`, { from: this.lines.length, ms });
        this.send(`${JSON.stringify({ type, id, ...fields })}\n`);
        return reply;
    }

    /** Why the server closed: the code of its last line. */
    async refusal() {
        await within(this.closed, 'close');
        const last = this.lines.at(-1);
        return last?.type === 'error' ? last.error.code : undefined;
    }

    close() {
        opened.delete(this);
        this.socket.destroy();
    }
}

/** Connected, with its hello read. */
export async function openMonitor(path) {
    const monitor = new MonitorClient(path);
    await within(monitor.connected, 'monitor connect');
    await monitor.ofType('hello');
    return monitor;
}

export function closeMonitors() {
    for (const monitor of opened) monitor.close();
}
