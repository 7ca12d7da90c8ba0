// A WebSocket client without an opinion: it sends any frame, right or wrong, cut anywhere, and notes what comes back.
import net from 'node:net';

import { waitMs, within } from './raw.mjs';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A client's frame: masked, its length in the shortest form. */
export function encodeFrame({ opcode, payload, fin = true, rsv = 0 }) {
    const size = payload.length;
    const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
    head[0] = (fin ? 0x80 : 0) | rsv << 4 | opcode;
    head[1] = 0x80 | (size < 126 ? size : size < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(size, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
    return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

/** The first frame of a server's bytes and its end, or nothing: more is needed. */
function decodeFrame(bytes) {
    if (bytes.length < 2) return undefined;
    const form = bytes[1] & 0x7f;
    const begin = form < 126 ? 2 : form === 126 ? 4 : 10;
    if (bytes.length < begin) return undefined;
    const size = form < 126 ? form : form === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    const end = begin + size;
    if (bytes.length < end) return undefined;
    if (bytes[0] & 0x70 || bytes[1] & 0x80) throw new Error('the server set a reserved bit, or masked');
    return { opcode: bytes[0] & 0x0f, fin: (bytes[0] & 0x80) !== 0, payload: bytes.subarray(begin, end), end };
}

/**
 * One connection. `events`: what came, ['text' | 'binary' | 'ping' | 'pong', payload] each; `closing`: the server's
 * close frame, {code}, its code null where it has none; `isOver`: the connection has ended.
 */
export class FramePeer {
    constructor(url, path) {
        const { hostname, port } = new URL(url);
        this.events = [];
        this.closing = undefined;
        this.isOver = false;
        this.hasClosed = false; // a close frame was sent
        this.isClosedHere = false; // and that before the server's came
        this.onMessage = (kind, payload) => { this.events.push([kind, payload]); };
        this.bytes = Buffer.alloc(0);
        this.message = undefined;
        this.waiters = new Set();
        this.tcp = net.connect({ host: hostname, port: Number(port), noDelay: true });
        this.tcp.on('data', bytes => { this.read(bytes); this.wake(); });
        this.tcp.on('error', error => { if (!['ECONNRESET', 'EPIPE'].includes(error.code)) throw error; });
        this.tcp.on('close', () => { this.isOver = true; this.wake(); });
        this.tcp.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
            + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    }

    /** Ends when `condition` holds or the connection is over. */
    async until(what, condition, ms = waitMs) {
        let waiter;
        try {
            await within(new Promise(resolve => {
                waiter = () => { if (this.isOver || condition()) resolve(); };
                this.waiters.add(waiter);
                waiter();
            }), what, ms);
        } finally {
            this.waiters.delete(waiter);
        }
    }

    wake() { for (const waiter of [...this.waiters]) waiter(); }

    read(bytes) {
        this.bytes = Buffer.concat([this.bytes, bytes]);
        if (!this.isOpen) {
            const end = this.bytes.indexOf('\r\n\r\n');
            if (end < 0) return;
            const head = this.bytes.subarray(0, end).toString();
            if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket: ${head}`);
            this.isOpen = true;
            this.bytes = this.bytes.subarray(end + 4);
        }
        for (let frame; (frame = decodeFrame(this.bytes)); this.bytes = this.bytes.subarray(frame.end)) this.take(frame);
    }

    take({ opcode, fin, payload }) {
        if (opcode === opcodes.close) {
            this.closing = { code: payload.length >= 2 ? payload.readUInt16BE(0) : null };
            if (!this.hasClosed) this.sendClose(payload.subarray(0, 2));
        } else if (opcode === opcodes.ping || opcode === opcodes.pong) {
            this.events.push([opcode === opcodes.ping ? 'ping' : 'pong', payload]);
        } else {
            this.message ??= { kind: opcode === opcodes.text ? 'text' : 'binary', parts: [] };
            this.message.parts.push(payload);
            if (!fin) return;
            const { kind, parts } = this.message;
            this.message = undefined;
            this.onMessage(kind, Buffer.concat(parts));
        }
    }

    /** Ends when the kernel has the bytes: so each call is a segment of its own. */
    write(bytes) {
        return new Promise(resolve => {
            if (this.isOver || !this.tcp.writable) resolve();
            else this.tcp.write(bytes, () => resolve());
        });
    }

    /** The payload is a code and a reason; it may be empty. */
    sendClose(payload) {
        this.noteClose();
        return this.write(encodeFrame({ opcode: opcodes.close, payload }));
    }

    noteClose() {
        this.isClosedHere ||= !this.hasClosed && !this.closing;
        this.hasClosed = true;
    }

    end() { this.tcp.destroy(); }
}
