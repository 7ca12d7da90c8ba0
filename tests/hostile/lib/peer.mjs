// Who attacks: one TCP connection that says what it likes, and notes what it is told.
import { randomBytes } from 'node:crypto';
import net from 'node:net';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** A client's frame, masked with zeros. `length`: what it announces, where that is not its payload's. */
export function frame(opcode, payload = '', { isFinal = true, reserved = 0, isMasked = true, length } = {}) {
    const body = Buffer.from(payload);
    const size = length ?? body.length;
    const head = [(isFinal ? 0x80 : 0) | (reserved << 4) | opcode];
    const mask = isMasked ? 0x80 : 0;
    if (size < 126) head.push(mask | size);
    else if (size < 65_536) head.push(mask | 126, size >> 8, size & 255);
    else {
        const long = Buffer.alloc(8);
        long.writeBigUInt64BE(BigInt(size));
        head.push(mask | 127, ...long);
    }
    return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0), body]);
}

export const text = payload => frame(opcodes.text, payload);

export const polling = 'EIO=4&transport=polling';

export const get = (query, ...fields) => ['GET /socket.io/?' + query + ' HTTP/1.1', 'Host: localhost', ...fields, '', ''].join('\r\n');

export const post = (query, body, ...fields) =>
    ['POST /socket.io/?' + query + ' HTTP/1.1', 'Host: localhost', 'Content-Type: text/plain', `Content-Length: ${Buffer.byteLength(body)}`, ...fields, '', body].join('\r\n');

export const upgrade = (query = 'EIO=4&transport=websocket') =>
    get(query, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`);

/** Addresses of the loopback: many, so that there are ports enough, and none of them a victim's. */
export const addressOf = index => `127.0.0.${2 + index % 8}`;

export class Peer {
    /** Resolves to a connected peer; rejects where nobody takes the connection. */
    static open({ port }, index = 0, from = addressOf(index)) {
        return new Promise((resolve, reject) => {
            const peer = new Peer(net.connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true }));
            peer.socket.once('error', reject);
            peer.socket.once('connect', () => {
                peer.socket.off('error', reject);
                resolve(peer);
            });
        });
    }

    /** An Engine.IO session on a WebSocket. */
    static async openWs(context, index) {
        const peer = await Peer.open(context, index);
        await peer.upgrade();
        return peer;
    }

    /** The same with a Socket.IO socket, and its user where it is to have one. */
    static async openSocket(context, index, userId, auth = '') {
        const peer = await Peer.openWs(context, index);
        peer.say(`40${auth}`);
        await peer.hear(message => message.startsWith('40'));
        if (userId !== undefined) {
            peer.say(`420${JSON.stringify(['newUser', userId, { presence: 'none' }])}`);
            await peer.hear(message => message.startsWith('430'));
        }
        return peer;
    }

    constructor(socket) {
        Object.assign(this, { socket, head: '', rest: Buffer.alloc(0), isWs: false, isClosed: false, closeCode: undefined, heard: 0, listeners: new Set() });
        socket.on('error', () => {});
        socket.on('data', bytes => this.#take(bytes));
        this.closed = new Promise(resolve => socket.once('close', () => {
            this.isClosed = true;
            resolve();
            this.#tell();
        }));
    }

    write(bytes) { return !this.isClosed && this.socket.write(bytes); }

    say(message) { return this.write(text(message)); }

    /** Writes, and waits until the server has room for more. */
    async pour(bytes, over) {
        if (this.write(bytes) || this.isClosed) return;
        let onDrain;
        const drained = new Promise(resolve => this.socket.once('drain', onDrain = resolve));
        await Promise.race([drained, this.closed, over]);
        this.socket.off('drain', onDrain);
    }

    /** Becomes a WebSocket; resolves once its first packet is here (behind a sid there is none). */
    async upgrade(query) {
        this.write(upgrade(query));
        await this.until(() => this.head.includes('\r\n\r\n'), 'an answer to the handshake');
        if (!this.head.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket: ${this.head.slice(0, 60)}`);
    }

    /** One request, one answer. → {status, body}; undefined where the connection was closed instead. */
    async ask(request, what = 'an answer') {
        this.head = '';
        this.write(request);
        await this.until(() => this.#answer(), what);
        return this.#answer();
    }

    #answer() {
        const [, status, length] = /^HTTP\/1\.1 (\d{3}) [^]*?content-length: (\d+)\r\n[^]*?\r\n\r\n/i.exec(this.head) ?? [];
        const end = this.head.indexOf('\r\n\r\n') + 4;
        if (!status || this.head.length < end + Number(length)) return undefined;
        return { status: Number(status), body: this.head.slice(end, end + Number(length)) };
    }

    /** The next message that is `wanted`, or undefined where the connection ends before. */
    async hear(wanted, ms) {
        let found;
        const listener = message => { if (found === undefined && wanted(message)) found = message; };
        this.listeners.add(listener);
        try {
            await this.until(() => found !== undefined, 'a message', ms);
        } finally {
            this.listeners.delete(listener);
        }
        return found;
    }

    /** Resolves once `isSo`, or the connection is closed. */
    async until(isSo, what, ms = 60_000) {
        const end = Date.now() + ms;
        while (!this.isClosed && !isSo()) {
            if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1_000} s`);
            let timer;
            await new Promise(resolve => {
                this.wake = resolve;
                timer = setTimeout(resolve, end - Date.now() + 1);
            });
            clearTimeout(timer);
        }
    }

    #tell() { this.wake?.(); }

    #take(bytes) {
        this.heard += bytes.length;
        if (!this.isWs) {
            this.head += bytes.toString('latin1');
            const end = this.head.indexOf('\r\n\r\n');
            if (end >= 0 && this.head.startsWith('HTTP/1.1 101 ')) {
                this.isWs = true;
                this.rest = Buffer.from(this.head.slice(end + 4), 'latin1');
                this.head = this.head.slice(0, end + 4);
            }
        } else {
            this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
        }
        if (this.isWs) this.#takeFrames();
        this.#tell();
    }

    #takeFrames() {
        for (;;) {
            const { rest } = this;
            if (rest.length < 2) return;
            const short = rest[1] & 127;
            const begin = short < 126 ? 2 : short === 126 ? 4 : 10;
            if (rest.length < begin) return;
            const size = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
            if (rest.length < begin + size) return;
            this.rest = rest.subarray(begin + size);
            const payload = rest.subarray(begin, begin + size);
            const opcode = rest[0] & 15;
            if (opcode === opcodes.close) this.closeCode = size >= 2 ? payload.readUInt16BE(0) : 1005;
            else if (opcode === opcodes.text) this.#message(payload.toString());
        }
    }

    #message(message) {
        if (message === '2' && !this.isMute) this.say('3');
        for (const listener of this.listeners) listener(message);
    }

    /** Gone, without a word. */
    end() { this.socket.resetAndDestroy(); }
}
