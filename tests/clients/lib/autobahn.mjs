// Runs a case of Autobahn|Testsuite and judges the outcome as that suite does.
import assert from 'node:assert/strict';

import { FramePeer, encodeFrame, opcodes } from './frames.mjs';

/**
 * How a case, which asks for a WebSocket that sends every message back, is told to `/engine.io/`, which does so for
 * Engine.IO's messages: text has a `4` before it, there and back, in the message's first fragment that is not empty,
 * or else in its last; binary is sent as it is, since Engine.IO sends it without a prefix. Control frames are sent as
 * they are. What the suite fails to know is left out: the handshake, and Engine.IO's heartbeats, which are answered
 * whenever no message is under way.
 */
export class EngineIoPeer extends FramePeer {
    static prefix = Buffer.from('4');

    static async open(url) {
        const peer = new EngineIoPeer(url, '/engine.io/?EIO=4&transport=websocket');
        await peer.until('handshake', () => peer.hasHandshake);
        return peer;
    }

    constructor(url, path) {
        super(url, path);
        this.onMessage = (kind, payload) => {
            if (kind === 'text' && payload[0] === 0x30) this.hasHandshake = true;
            else if (kind === 'text' && payload.equals(Buffer.from('2'))) this.isAsked = true;
            else if (kind === 'text') this.events.push([kind, payload.subarray(1)]);
            else this.events.push([kind, payload]);
            this.answerPing();
        };
    }

    answerPing() {
        if (!this.isAsked || this.isSending || this.hasClosed) return;
        this.isAsked = false;
        void this.write(encodeFrame({ opcode: opcodes.text, payload: Buffer.from('3') }));
    }
}

/** The frames with the prefix where a text begins. */
function prefixed(steps, prefix) {
    let isOwed = false;
    return steps.map(step => {
        if (step.opcode === opcodes.text) isOwed = true;
        else if (step.opcode !== opcodes.continuation) return step;
        const isLast = step.fin !== false;
        if (!isOwed || (step.payload.length === 0 && !isLast)) return step;
        isOwed = false;
        // A frame's cuts are given by its payload's bytes.
        return { ...step, payload: Buffer.concat([prefix, step.payload]), cuts: step.cuts?.map(cut => cut + prefix.length) };
    });
}

function piecesOf(bytes, chop) {
    if (!chop) return [bytes];
    return Array.from({ length: Math.ceil(bytes.length / chop) }, (_, i) => bytes.subarray(i * chop, (i + 1) * chop));
}

/** The server has had its turn: it has answered somebody else, who asked later. */
async function settle(bystander) {
    const count = bystander.events.length;
    await bystander.write(encodeFrame({ opcode: opcodes.ping, payload: Buffer.alloc(0) }));
    await bystander.until('a bystander\'s pong', () => bystander.events.length > count);
}

/** A frame in pieces, `cuts` bytes of its payload each; → after how many of them the server had not failed it. */
async function sendInPieces(peer, bystander, step) {
    const bytes = encodeFrame(step);
    const head = bytes.length - step.payload.length;
    let begin = 0;
    for (const cut of step.cuts) {
        await peer.write(bytes.subarray(begin, head + cut));
        begin = head + cut;
        await settle(bystander);
        if (peer.closing || peer.isOver) return;
        peer.patience += 1;
    }
    await peer.write(bytes.subarray(begin));
}

async function sendAll(peer, bystander, steps, chop) {
    peer.isSending = true;
    let together = [];
    const flush = async () => {
        const bytes = Buffer.concat(together);
        together = [];
        for (const piece of piecesOf(bytes, chop === 'frames' ? 0 : chop)) await peer.write(piece);
    };
    for (const step of steps) {
        if (step.events) {
            await flush();
            await peer.until(`${step.events} answers`, () => peer.closing || peer.events.length >= step.events);
        } else if (step.settle) {
            await flush();
            await settle(bystander);
            if (peer.closing || peer.isOver) break;
            peer.patience += 1;
        } else if (step.cuts) {
            await flush();
            await sendInPieces(peer, bystander, step);
        } else {
            if (step.opcode === opcodes.close && !step.rsv) peer.noteClose();
            together.push(encodeFrame(step));
            if (chop === 'frames') await flush();
        }
    }
    await flush();
    peer.isSending = false;
}

const isSame = (left, right) => {
    try {
        assert.deepEqual(left, right);
        return true;
    } catch {
        return false;
    }
};

/** What the suite says of it: OK, NON-STRICT, INFORMATIONAL, or what is wrong. */
function verdictOf(peer, { expect, lenient, patience, closedBy, codes, isClean, isInformational }) {
    if (isInformational) return 'INFORMATIONAL';
    const isOk = isSame(peer.events, expect) && (patience === undefined || peer.patience === patience);
    const isLenient = !isOk && (patience === undefined ? lenient && isSame(peer.events, lenient) : isSame(peer.events, expect));
    if (!isOk && !isLenient) return `FAILED: answered ${JSON.stringify(peer.events.map(([kind, payload]) => [kind, payload.length, payload.toString('latin1').slice(0, 40)]))}`;
    if (!peer.isOver) return 'FAILED: the connection was left open';
    if ((closedBy === 'client') !== peer.isClosedHere) return 'FAILED: closed by the wrong side';
    if (isClean && !peer.closing) return 'UNCLEAN';
    if (peer.closing && peer.closing.code !== null && !codes.includes(peer.closing.code)) return `WRONG CODE ${peer.closing.code}`;
    return isOk ? 'OK' : 'NON-STRICT';
}

/** → {verdict, code, events}: the code of the server's close frame, null where it has none, undefined where it sent none. */
export async function runCase(url, Peer, testCase) {
    const [peer, bystander] = await Promise.all([Peer.open(url), Peer.open(url)]);
    try {
        peer.events.length = 0;
        peer.patience = 0;
        await sendAll(peer, bystander, prefixed(testCase.send, Peer.prefix), testCase.chop);
        peer.answerPing?.();
        if (testCase.closedBy === 'client' && !peer.hasClosed) {
            await peer.until('the answers', () => peer.closing || peer.events.length >= testCase.expect.length);
            if (!peer.closing && !peer.isOver) await peer.sendClose(Buffer.from([1000 >> 8, 1000 & 0xff]));
        }
        await peer.until('the end', () => false).catch(() => {}); // the verdict says so
        return { verdict: verdictOf(peer, testCase), code: peer.closing?.code, events: peer.events };
    } finally {
        peer.end();
        bystander.end();
    }
}
