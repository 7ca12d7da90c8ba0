// Clients without a library's opinion: one HTTP request, one polling session, one WebSocket with a queue of frames.
import http from 'node:http';
import net from 'node:net';

import { WebSocket } from 'ws';

export const waitMs = 5_000;

export const delay = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Fails after `ms`, so that a silent server is a failed test and not a hanging one. */
export function within(promise, what, ms = waitMs) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** → {status, headers, body: Buffer, text}; `signal` aborts. Bodies come as they are, not decompressed. */
export function request(url, { method = 'GET', headers = {}, body, signal, timeoutMs = waitMs } = {}) {
    return new Promise((resolve, reject) => {
        const outgoing = http.request(url, { method, headers, signal, agent: false }, incoming => {
            const parts = [];
            incoming.on('data', part => parts.push(part));
            incoming.on('error', reject);
            incoming.on('end', () => {
                const whole = Buffer.concat(parts);
                resolve({ status: incoming.statusCode, headers: incoming.headers, body: whole, text: whole.toString() });
            });
        });
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`${method} ${url}: no answer within ${timeoutMs} ms`)));
        outgoing.on('error', reject);
        outgoing.end(body);
    });
}

/** Asks for a WebSocket and reads the plain HTTP answer of who does not grant it. */
export function upgradeRequest(url, headers = {}) {
    return request(url, {
        headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            ...headers,
        },
    });
}

/** Sends bytes over TCP and resolves to all that comes back until the server closes or `ms` are over. */
export function exchangeBytes(url, bytes, ms = waitMs) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
        const parts = [];
        const timer = setTimeout(() => socket.destroy(), ms);
        socket.on('data', part => parts.push(part));
        socket.on('error', error => { if (error.code !== 'ECONNRESET') reject(error); });
        socket.on('close', () => {
            clearTimeout(timer);
            resolve(Buffer.concat(parts).toString('latin1'));
        });
    });
}

/** One WebSocket. Frames that nobody asked for wait in a queue; pings are answered unless `autoPong` is false. */
export class RawWs {
    constructor(url, { autoPong = true, headers = {}, ...options } = {}) {
        this.queue = [];
        this.readers = [];
        this.pings = 0;
        this.ws = new WebSocket(url, { headers, perMessageDeflate: false, ...options });
        this.opened = new Promise((resolve, reject) => {
            this.ws.once('open', resolve);
            this.ws.once('error', reject);
        });
        this.opened.catch(() => {});
        this.ws.on('error', () => {});
        this.ws.on('message', (data, isBinary) => {
            const frame = isBinary ? data : data.toString();
            if (frame === '2') {
                this.pings += 1;
                if (autoPong) { this.send('3'); return; }
            }
            const reader = this.readers.shift();
            if (reader) reader(frame);
            else this.queue.push(frame);
        });
        this.closing = new Promise(resolve => this.ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    }

    send(frame) { this.ws.send(frame); }

    /** All in one TCP segment, so that the server reads them in one go. */
    sendTogether(frames) {
        this.ws._socket.cork();
        for (const frame of frames) this.ws.send(frame);
        this.ws._socket.uncork();
    }

    next(ms = waitMs) {
        if (this.queue.length > 0) return Promise.resolve(this.queue.shift());
        let mine;
        const arrival = new Promise(resolve => this.readers.push(mine = resolve));
        return within(arrival, 'next frame', ms).catch(error => {
            this.readers = this.readers.filter(reader => reader !== mine);
            throw error;
        });
    }

    /** The next frame that starts with `prefix`; what comes before is dropped. */
    async until(prefix, ms = waitMs) {
        const end = Date.now() + ms;
        for (;;) {
            const frame = await this.next(Math.max(1, end - Date.now()));
            if (typeof frame === 'string' && frame.startsWith(prefix)) return frame;
        }
    }

    closed(ms = waitMs) { return within(this.closing, 'close', ms); }

    get isOpen() { return this.ws.readyState === WebSocket.OPEN; }

    end() { this.ws.terminate(); }
}

const socketUrl = (base, path, query) => `${base.replace('http', 'ws')}${path}?${query}`;

/** An Engine.IO session on a WebSocket, its handshake read. */
export async function openWs(base, path, options) {
    const ws = new RawWs(socketUrl(base, path, 'EIO=4&transport=websocket'), options);
    await within(ws.opened, 'WebSocket open');
    ws.handshake = JSON.parse((await ws.next()).slice(1));
    return ws;
}

/** A WebSocket that knows a polling session's sid and has not probed yet. */
export async function openUpgrade(base, path, sid, options) {
    const ws = new RawWs(socketUrl(base, path, `EIO=4&transport=websocket&sid=${sid}`), options);
    await within(ws.opened, 'WebSocket open');
    return ws;
}

/** A polling session, its handshake read. */
export class Polling {
    static async open(base, path, headers) {
        const first = await request(`${base}${path}?EIO=4&transport=polling`, { headers });
        if (first.status !== 200) throw new Error(`handshake: ${first.status} ${first.text}`);
        return new Polling(base, path, JSON.parse(first.text.slice(1)));
    }

    constructor(base, path, handshake) {
        this.handshake = handshake;
        this.sid = handshake.sid;
        this.url = `${base}${path}?EIO=4&transport=polling&sid=${handshake.sid}`;
    }

    get(options) { return request(this.url, options); }

    post(body, options) { return request(this.url, { method: 'POST', body, ...options }); }

    /** The packets of one GET. */
    async poll(options) {
        const answer = await this.get(options);
        if (answer.status !== 200) throw new Error(`poll: ${answer.status} ${answer.text}`);
        return answer.text.split('\x1e');
    }

    /** Packets until one is not a ping; pings are answered. */
    async pollPastPings() {
        for (;;) {
            const packets = await this.poll();
            if (packets.includes('2')) await this.post('3');
            const others = packets.filter(packet => packet !== '2');
            if (others.length > 0) return others;
        }
    }
}

/** A Socket.IO connection on a WebSocket, namespace `/` joined, CONNECT's answer read. */
export async function openSocket(base, { auth, path = '/socket.io/', ...options } = {}) {
    const ws = await openWs(base, path, options);
    ws.send(`40${auth ? JSON.stringify(auth) : ''}`);
    ws.socketId = JSON.parse((await ws.until('40')).slice(2)).sid;
    return ws;
}
